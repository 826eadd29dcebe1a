/** A replay that a command started, watched until it has ended. */
import { pause } from "../sdk/pause.ts";
import type { Replay } from "../sdk/wire.ts";
import { exitCodes } from "./exit-codes.ts";
import type { Session } from "./session.ts";

/** How often its progress is asked for. */
const intervalMs = 500;
/** A replay that sends nothing for so long waits for something, and it is said for what. */
const stillMsMax = 5000;

/** What the shell learns of it. */
export const endOf = ({ status }: Replay): number =>
  status === "failed" || status === "cancelled" ? exitCodes.failed : exitCodes.ok;

/** The replay once it has ended, or waits for a person. */
export async function watched(session: Session, started: Replay): Promise<Replay> {
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
  const { status, health, rate_limit } = await client.endpoints.get(endpoint_id, { signal });
  const why =
    status !== "enabled"
      ? `the endpoint is ${status}`
      : health.state === "open"
        ? "the endpoint fails, and is only probed now and then until it answers"
        : health.paused_until !== null
          ? `the endpoint asked for a pause until ${health.paused_until}`
          : rate_limit !== null
            ? "the endpoint has a rate, and live events go first"
            : "its attempts in flight have not ended";
  note(`${id} waits: ${why}.`);
}

const isUnderWay = ({ status }: Replay): boolean => status === "counting" || status === "running";

function progressText({ id, status, matched, sent, failed }: Replay): string {
  if (status === "counting") return `${id}: counting, ${matched} so far`;
  const part = matched === 0 ? "" : ` (${Math.floor((sent / matched) * 100)} %)`;
  return `${id}: ${sent} of ${matched} sent${part}${failed === 0 ? "" : `, ${failed} failed`}`;
}
