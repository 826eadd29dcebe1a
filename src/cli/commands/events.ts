import type { Command } from "commander";
import { addClientFlags, clientCommand } from "../client-command.ts";
import { textFlag } from "../flags.ts";
import { addSelectionFlags, type EventFlags, printEvents } from "../print-events.ts";
import { inSession } from "../session.ts";
import { UsageError } from "../usage-error.ts";

interface Flags extends EventFlags {
  readonly desc?: boolean;
  readonly follow?: boolean;
}

/** `trotline events`: the log, from a place of it. */
export function eventsCommand(): Command {
  const command = clientCommand("events", {
    summary: "print events of the log, and with --follow those to come",
    example: "trotline events --types 'order.*' --filter 'data.total > 100' --after time:2026-01-31T00:00:00Z",
  }).addOption(textFlag("--after <place>", "earliest (default), latest, a cursor, an event's id, or time:…"));
  addSelectionFlags(command)
    .addOption(textFlag("--since <time>", "only events accepted then or later, such as 2026-01-31T00:00:00Z"))
    .addOption(textFlag("--until <time>", "only events accepted before"))
    .option("--desc", "newest first, back from --after, or from the end of the log")
    .option("--follow", "go on with events as they come");
  return addClientFlags(command).action(async (flags: Flags) => {
    const { desc = false, follow = false, until } = flags;
    if (follow && until !== undefined) throw new UsageError("--follow goes on for ever: it goes without --until.");
    if (desc && follow) throw new UsageError("--follow goes forward: it goes without --desc.");
    await inSession(
      flags,
      (session) => printEvents(session, flags, { order: desc ? "desc" : "asc", isFollowing: follow }),
      { isEndless: follow },
    );
  });
}
