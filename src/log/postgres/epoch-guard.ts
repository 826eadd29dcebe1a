/**
 * Writes about the log's events, such as cursors, belong to the log that this process has shown. After a failover or a
 * restore another may be in its place, and they would pass over events in it.
 */
import type { TrotlineError } from "../../core/errors.ts";
import { stateOf } from "./database-error.ts";
import type { LogEnd } from "./log-end.ts";
import type { StoreParts, WriteOnce } from "./parts.ts";

/** Raised by `trotline.check_epoch`. */
export const epochState = "TL002";
/** Epochs that may begin while somebody writes once. */
const triesMax = 5;

/** Refused with `store-forked` where the log is another; where it only has a new epoch, done in that. */
async function inEpoch<Result>(end: LogEnd, write: (epoch: string) => Promise<Result>): Promise<Result> {
  for (let tries = 1; ; tries++) {
    const trouble = end.trouble();
    if (trouble !== null) throw trouble;
    try {
      return await write(end.epoch);
    } catch (error) {
      if (stateOf((error as TrotlineError).cause ?? {}) !== epochState || tries === triesMax) throw error;
      await end.renew();
    }
  }
}

/** `write`, in the epoch that is known. */
export function epochGuarded(write: StoreParts["write"], end: LogEnd): StoreParts["write"] {
  return (work) =>
    inEpoch(end, (epoch) =>
      write(async (run) => {
        // Not waited for: what comes next is on its way with it, and fails where it does.
        const checked = run("epoch-check", [epoch]);
        checked.catch(() => {});
        const result = await work(run);
        await checked;
        return result;
      }),
    );
}

export function epochGuardedOnce(writeOnce: WriteOnce, end: LogEnd): WriteOnce {
  return (name, parametersIn) => inEpoch(end, (epoch) => writeOnce(name, () => parametersIn(epoch)));
}
