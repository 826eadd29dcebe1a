import type { Command } from "commander";
import type { Source } from "../../sdk/wire.ts";
import { addClientFlags, type ClientFlags, clientCommand, clientGroup } from "../client-command.ts";
import { limitFlag, textArgument, textFlag } from "../flags.ts";
import { printList, printOne } from "../print-list.ts";
import { inSession, type Session } from "../session.ts";
import type { Column } from "../table.ts";
import { sourceSecretsCommand } from "./source-secrets.ts";
import { changeSourceCommand, createSourceCommand } from "./source-settings.ts";

const schemeName = ({ scheme }: Source): string => scheme.preset ?? (scheme.unverified ? "unverified" : "custom");

const columns: readonly Column<Source>[] = [
  { title: "NAME", of: (source) => source.name },
  { title: "TENANT", of: (source) => source.tenant },
  { title: "STATUS", of: (source) => source.status },
  { title: "SCHEME", of: schemeName },
  { title: "ID", of: (source) => source.id },
  { title: "URL", of: (source) => source.url },
];

/** `trotline sources …`: where events of others come from. */
export function sourcesCommand(): Command {
  return clientGroup("sources", "list, make, change, pause and delete sources", [
    listCommand(),
    createSourceCommand(),
    showCommand(),
    changeSourceCommand(),
    deleteCommand(),
    pauseCommand(),
    resumeCommand(),
    sourceSecretsCommand(),
  ]);
}

interface ListFlags extends ClientFlags {
  readonly tenant?: string;
  readonly limit?: number;
}

function listCommand(): Command {
  const command = clientCommand("list", {
    summary: "list sources, oldest first",
    example: "trotline sources list --tenant acme",
  })
    .addOption(textFlag("--tenant <tenant>", "only this tenant's"))
    .addOption(limitFlag("most sources to list; all if absent"));
  return addClientFlags(command).action(({ tenant, limit, ...flags }: ListFlags) =>
    inSession(flags, (session) =>
      printList(session, {
        columns,
        limit: limit ?? null,
        page: (query) => session.client.sources.list({ tenant, ...query }, { signal: session.signal }),
      }),
    ),
  );
}

const showCommand = (): Command =>
  aboutOne({ name: "show", summary: "show a source; not its secrets" }, async (session, name) =>
    printOne(session, await session.client.sources.get(name, { signal: session.signal })),
  );

const deleteCommand = (): Command =>
  aboutOne(
    { name: "delete", summary: "delete a source, and its receipts; its events stay" },
    async ({ client, signal, output }, name) => {
      await client.sources.delete(name, { signal });
      if (output.isTable) await output.write(`Deleted ${name}.\n`);
    },
  );

const pauseCommand = (): Command =>
  aboutOne(
    { name: "pause", summary: "refuse what comes to a source, so that it is sent again" },
    async (session, name) => printOne(session, await session.client.sources.pause(name, { signal: session.signal })),
  );

const resumeCommand = (): Command =>
  aboutOne({ name: "resume", summary: "take what comes to a source again" }, async (session, name) =>
    printOne(session, await session.client.sources.resume(name, { signal: session.signal })),
  );

function aboutOne(
  about: { readonly name: string; readonly summary: string },
  work: (session: Session, name: string) => Promise<void>,
): Command {
  const example = `trotline sources ${about.name} github`;
  const command = clientCommand(about.name, { ...about, example });
  return addClientFlags(command.addArgument(textArgument("source", "name or id of the source"))).action(
    (name: string, flags: ClientFlags) => inSession(flags, (session) => work(session, name)),
  );
}
