import type { Command } from "commander";
import { addClientFlags, type ClientFlags, clientCommand } from "../client-command.ts";
import { choiceFlag, listFlag, textArgument, textFlag } from "../flags.ts";
import { printOne } from "../print-list.ts";
import { inSession, type Session } from "../session.ts";
import { endOf, watched } from "../watched-replay.ts";

interface Flags extends ClientFlags {
  readonly from?: string;
  readonly to?: string;
  readonly types?: readonly string[];
  readonly only?: "failed" | "all";
  readonly dryRun?: boolean;
  readonly detach?: boolean;
}

/** `trotline replay ENDPOINT`: sends a range of the log again, beside the live traffic, and watches until it ends. */
export function replayCommand(): Command {
  const command = clientCommand("replay", {
    summary: "send a range of the log to an endpoint again",
    example: "trotline replay ep_01… --from time:2026-01-31T00:00:00Z --only failed",
  })
    .addArgument(textArgument("endpoint", "id of the endpoint"))
    .addOption(textFlag("--from <place>", "where it begins; earliest if absent"))
    .addOption(textFlag("--to <place>", "where it ends; latest if absent"))
    .addOption(listFlag("--types <patterns>", "only these types; those of the endpoint if absent"))
    .addOption(choiceFlag("--only", ["failed", "all"], "failed: only what was not delivered; all if absent"))
    .option("--dry-run", "count, and send nothing")
    .option("--detach", "do not wait for its end");
  return addClientFlags(command).action((endpoint: string, flags: Flags) =>
    inSession(flags, (session) => replay(session, endpoint, flags)),
  );
}

async function replay(session: Session, endpoint: string, flags: Flags): Promise<number> {
  const { client, signal } = session;
  const { from, to, types, only, dryRun } = flags;
  const wanted = {
    ...(from !== undefined && { from }),
    ...(to !== undefined && { to }),
    ...(types !== undefined && { types }),
    ...(only !== undefined && { only }),
    ...(dryRun && { dry_run: true }),
  };
  let latest = await client.endpoints.replay(endpoint, wanted, { signal });
  if (!flags.detach) latest = await watched(session, latest);
  await printOne(session, latest);
  return endOf(latest);
}
