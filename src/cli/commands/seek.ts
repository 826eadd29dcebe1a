import type { Command } from "commander";
import { addClientFlags, type ClientFlags, clientCommand } from "../client-command.ts";
import { textArgument } from "../flags.ts";
import { printOne } from "../print-list.ts";
import { inSession } from "../session.ts";

/** `trotline seek ENDPOINT PLACE`: moves the cursor of an endpoint; `consumers seek` does it for a consumer. */
export function seekCommand(): Command {
  const command = clientCommand("seek", {
    summary: "move the cursor of an endpoint",
    example: "trotline seek ep_01… time:2026-01-31T00:00:00Z",
  })
    .addArgument(textArgument("endpoint", "id of the endpoint"))
    .addArgument(textArgument("place", "earliest, latest, a cursor, an event's id, or time:…"));
  return addClientFlags(command).action((id: string, to: string, flags: ClientFlags) =>
    inSession(flags, async (session) =>
      printOne(session, await session.client.endpoints.seek(id, to, { signal: session.signal })),
    ),
  );
}
