import type { Command } from "commander";
import { addClientFlags, clientCommand } from "../client-command.ts";
import { addSelectionFlags, type EventFlags, printEvents } from "../print-events.ts";
import { inSession } from "../session.ts";

/** `trotline tail`: as `trotline events --after latest --follow`. */
export function tailCommand(): Command {
  const command = clientCommand("tail", {
    summary: "print events as they come",
    example: "trotline tail --types 'order.*'",
  });
  return addClientFlags(addSelectionFlags(command)).action((flags: EventFlags) =>
    inSession(
      flags,
      (session) => printEvents(session, { ...flags, after: "latest" }, { order: "asc", isFollowing: true }),
      { isEndless: true },
    ),
  );
}
