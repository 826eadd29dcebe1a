import type { Command } from "commander";
import { pause } from "../../sdk/pause.ts";
import type { Replay } from "../../sdk/wire.ts";
import { addClientFlags, type ClientFlags, clientCommand } from "../client-command.ts";
import { exitCodes } from "../exit-codes.ts";
import { choiceFlag, listFlag, textArgument, textFlag } from "../flags.ts";
import { printOne } from "../print-list.ts";
import { inSession, type Session } from "../session.ts";

interface Flags extends ClientFlags {
  readonly from?: string;
  readonly to?: string;
  readonly types?: readonly string[];
  readonly only?: "failed" | "all";
  readonly dryRun?: boolean;
  readonly detach?: boolean;
}

/** How often its progress is asked for. */
const intervalMs = 500;
/** A replay that sends nothing for so long waits for something, and it is said for what. */
const stillMsMax = 5000;

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
  return latest.status === "failed" || latest.status === "cancelled" ? exitCodes.failed : exitCodes.ok;
}

/** The replay once it has ended, or waits for a person. */
async function watched(session: Session, started: Replay): Promise<Replay> {
  const { client, signal, progress, note } = session;
  let latest = started;
  let movedMs = performance.now();
  while (isUnderWay(latest)) {
    progress.show(progressText(latest));
    try {
      await pause(intervalMs, signal);
      const before = latest;
      latest = await client.replays.get(started.id, { signal });
      if (latest.sent !== before.sent || latest.matched !== before.matched) movedMs = performance.now();
      else if (performance.now() - movedMs > stillMsMax) {
        await noteStill(session, latest);
        movedMs = Number.POSITIVE_INFINITY; // Once is enough.
      }
    } catch (error) {
      if (signal.aborted) note(`${started.id} goes on without us; \`trotline replays cancel ${started.id}\` ends it.`);
      throw error;
    }
  }
  progress.clear();
  if (latest.status === "paused") note(`It is paused; \`trotline replays resume ${latest.id}\` goes on.`);
  return latest;
}

/** Why nothing goes: what holds back the endpoint holds back its replays. */
async function noteStill({ client, signal, note }: Session, { id, endpoint_id }: Replay): Promise<void> {
  const { status, health } = await client.endpoints.get(endpoint_id, { signal });
  const why =
    status !== "enabled"
      ? `the endpoint is ${status}`
      : health.state === "open"
        ? "the endpoint fails, and is only probed now and then until it answers"
        : health.paused_until !== null
          ? `the endpoint asked for a pause until ${health.paused_until}`
          : "its attempts in flight have not ended";
  note(`${id} waits: ${why}.`);
}

const isUnderWay = ({ status }: Replay): boolean => status === "counting" || status === "running";

function progressText({ id, status, matched, sent, failed }: Replay): string {
  if (status === "counting") return `${id}: counting, ${matched} so far`;
  const part = matched === 0 ? "" : ` (${Math.floor((sent / matched) * 100)} %)`;
  return `${id}: ${sent} of ${matched} sent${part}${failed === 0 ? "" : `, ${failed} failed`}`;
}
