import type { Command } from "commander";
import type { Scheme } from "../../sdk/wire.ts";
import { addClientFlags, type ClientFlags, clientCommand } from "../client-command.ts";
import { rowPrinter } from "../print-list.ts";
import { inSession } from "../session.ts";
import type { Column } from "../table.ts";

const columns: readonly Column<Scheme>[] = [
  { title: "NAME", of: (scheme) => scheme.name },
  { title: "SECRET FROM", of: (scheme) => scheme.secret_from ?? "none" },
  { title: "SETTINGS", of: (scheme) => scheme.settings.map(({ name }) => name).join(",") || "none" },
  { title: "TITLE", of: (scheme) => scheme.title },
];

/** `trotline schemes`: the providers whose signatures are known by name. */
export function schemesCommand(): Command {
  const command = clientCommand("schemes", {
    summary: "list the schemes that a source may have, and what each asks for",
    example: "trotline schemes --json",
  });
  return addClientFlags(command).action((flags: ClientFlags) =>
    inSession(flags, async (session) =>
      rowPrinter(session, columns).print(await session.client.sources.schemes({ signal: session.signal })),
    ),
  );
}
