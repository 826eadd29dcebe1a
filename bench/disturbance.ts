/**
 * How much of the machine other programs took while something was measured. A round that they disturbed says little,
 * and is measured again. Where the system does not tell (it needs Linux' `/proc`), nothing counts as disturbed.
 */
import { readdir, readFile } from "node:fs/promises";

interface Ticks {
  /** All that the machine's processors can do since the system started, and the part of it that was used. */
  readonly capacity: number;
  readonly used: number;
  /** Used by this process and all that it started, also what has ended. */
  readonly own: number;
}

/** Runs `measure`, and says which share of the machine, 0 to 1, went to others meanwhile. */
export async function withDisturbance<T>(measure: () => Promise<T>): Promise<{ result: T; share: number }> {
  const before = await readTicks();
  const result = await measure();
  const after = await readTicks();
  if (before === null || after === null) return { result, share: 0 };
  const foreign = after.used - before.used - (after.own - before.own);
  return { result, share: Math.max(0, foreign / Math.max(1, after.capacity - before.capacity)) };
}

async function readTicks(): Promise<Ticks | null> {
  const text = await readFile("/proc/stat", "utf8").catch(() => null);
  if (text === null) return null;
  const [user = 0, nice = 0, system = 0, idle = 0, iowait = 0, interrupts = 0, soft = 0, steal = 0] = text
    .slice(0, text.indexOf("\n"))
    .split(/\s+/)
    .slice(1)
    .map(Number);
  const used = user + nice + system + interrupts + soft + steal;
  return { capacity: used + idle + iowait, used, own: await ownTicks() };
}

interface Process {
  readonly parent: number;
  readonly ticks: number;
}

async function ownTicks(): Promise<number> {
  let ticks = 0;
  for (const { ticks: spent } of (await ownProcesses()).values()) ticks += spent;
  return ticks;
}

/** This process and all that it started, by their numbers. Empty where the system does not tell. */
export async function ownProcesses(): Promise<ReadonlyMap<number, Process>> {
  const numbers = (await readdir("/proc").catch(() => [])).filter((name) => /^\d+$/.test(name)).map(Number);
  const processes = new Map<number, Process>();
  for (const number of numbers) {
    const stat = await readFile(`/proc/${number}/stat`, "utf8").catch(() => null);
    if (stat === null) continue;
    // After the name, which may have spaces, in parentheses: state, parent, …; 11 and 12 are user and system time, 13
    // and 14 those of children that have ended: https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    const ticks = fields.slice(11, 15).reduce((sum, field) => sum + Number(field), 0);
    processes.set(number, { parent: Number(fields[1]), ticks });
  }
  return new Map([...processes].filter(([number]) => isOurs(number, processes)));
}

function isOurs(number: number, processes: ReadonlyMap<number, Process>): boolean {
  let at: number | undefined = number;
  while (at !== undefined && at > 1) {
    if (at === process.pid) return true;
    at = processes.get(at)?.parent;
  }
  return false;
}
