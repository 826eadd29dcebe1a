/**
 * Watches whether processes lose leases while nothing is done to them: on a machine that is short of time they may, and
 * what was in flight then comes again, too.
 */
import { leaseMs, type Processes } from "./cluster-processes.ts";
import type { Fault } from "./cluster-result.ts";

const lookEveryMs = 250;
const lookMsMax = 1000;
const answerMsMax = 2000;

export interface LeaseWatch {
  /** Of each time that shards were lost. */
  stop(): Fault[];
}

export function watchLeases(processes: Processes): LeaseWatch {
  const faults: Fault[] = [];
  /** By process; one that starts anew begins at 0. */
  const lost = new Map<string, number>();
  const look = async (name: string): Promise<void> => {
    const { port, key } = processes.get(name);
    const response = await fetch(`http://127.0.0.1:${port}/metrics`, {
      headers: { authorization: `Bearer ${key}` },
      signal: AbortSignal.timeout(lookMsMax),
    });
    const count = Number(/^trotline_shards_lost_total (\d+)$/m.exec(await response.text())?.[1] ?? 0);
    if (count > (lost.get(name) ?? 0)) {
      // What it lost it had not written for as long as its lease, and a look may come late.
      const fromMs = Date.now() - leaseMs - lookMsMax;
      faults.push({ name: `${name} lost its lease`, fromMs, untilMs: Date.now() + answerMsMax });
    }
    lost.set(name, count);
  };
  // One that is down, or paused, is asked again.
  const lookAtAll = (): void => {
    for (const name of processes.all.keys()) look(name).catch(() => {});
  };
  const timer = setInterval(lookAtAll, lookEveryMs);
  return {
    stop() {
      clearInterval(timer);
      return faults;
    },
  };
}
