import type { Command } from "commander";
import type { Replay } from "../../sdk/wire.ts";
import { addClientFlags, type ClientFlags, clientCommand, clientGroup } from "../client-command.ts";
import { limitFlag, textArgument, textFlag } from "../flags.ts";
import { printList, printOne } from "../print-list.ts";
import { inSession } from "../session.ts";
import type { Column } from "../table.ts";

export const replayColumns: readonly Column<Replay>[] = [
  { title: "ID", of: (replay) => replay.id },
  { title: "ENDPOINT", of: (replay) => replay.endpoint_id },
  { title: "STATUS", of: (replay) => replay.status },
  { title: "MATCHED", of: (replay) => replay.matched },
  { title: "DELIVERED", of: (replay) => replay.delivered },
  { title: "FAILED", of: (replay) => replay.failed },
  { title: "CREATED", of: (replay) => replay.created_at },
  { title: "REASON", of: (replay) => replay.reason ?? "" },
];

/** `trotline replays …`: what `trotline replay` started. */
export function replaysCommand(): Command {
  return clientGroup("replays", "list, pause, resume and cancel replays", [
    listCommand(),
    aboutOne("get", "show a replay"),
    aboutOne("pause", "send nothing more for now"),
    aboutOne("resume", "go on where it paused"),
    aboutOne("cancel", "end it; what was sent stays sent"),
  ]);
}

interface ListFlags extends ClientFlags {
  readonly endpoint?: string;
  readonly limit?: number;
}

function listCommand(): Command {
  const command = clientCommand("list", {
    summary: "list replays",
    example: "trotline replays list --endpoint ep_01…",
  })
    .addOption(textFlag("--endpoint <id>", "only of this endpoint"))
    .addOption(limitFlag("most replays to list; all if absent"));
  return addClientFlags(command).action(({ endpoint, limit, ...flags }: ListFlags) =>
    inSession(flags, (session) =>
      printList(session, {
        columns: replayColumns,
        limit: limit ?? null,
        page: (query) => session.client.replays.list({ endpointId: endpoint, ...query }, { signal: session.signal }),
      }),
    ),
  );
}

function aboutOne(name: "get" | "pause" | "resume" | "cancel", summary: string): Command {
  const command = clientCommand(name, { summary, example: `trotline replays ${name} rpl_01…` });
  return addClientFlags(command.addArgument(textArgument("id", "id of the replay"))).action(
    (id: string, flags: ClientFlags) =>
      inSession(flags, async (session) =>
        printOne(session, await session.client.replays[name](id, { signal: session.signal })),
      ),
  );
}
