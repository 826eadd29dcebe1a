/** What servers and PostgreSQL use of the processors: what is left of a rate when the machine is not the bound. */
import { readFile } from "node:fs/promises";
import { ownProcesses } from "./disturbance.ts";
import { rounded } from "./figure.ts";

interface ProcessorTime {
  readonly serversMicroseconds: number;
  readonly postgresMicroseconds: number;
}

/** `USER_HZ`: https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html */
const microsecondsPerTick = 1_000_000 / 100;

async function readProcessorTime(): Promise<ProcessorTime> {
  let [servers, postgres] = [0, 0];
  for (const [number, { ticks }] of await ownProcesses()) {
    const command = await readFile(`/proc/${number}/cmdline`, "utf8").catch(() => "");
    if (command.includes("trotline.js\0serve")) servers += ticks;
    else if (/^postgres:|\/postgres\0/.test(command)) postgres += ticks;
  }
  return { serversMicroseconds: servers * microsecondsPerTick, postgresMicroseconds: postgres * microsecondsPerTick };
}

/** Sums over rounds what was used while one side of a figure was measured. */
export class ProcessorTimes {
  #servers = 0;
  #postgres = 0;
  #items = 0;

  /** `measure` answers how many items it made (or sent, or read). */
  async during<T extends { readonly items: number }>(measure: () => Promise<T>): Promise<T> {
    const before = await readProcessorTime();
    const result = await measure();
    const after = await readProcessorTime();
    this.#servers += after.serversMicroseconds - before.serversMicroseconds;
    this.#postgres += after.postgresMicroseconds - before.postgresMicroseconds;
    this.#items += result.items;
    return result;
  }

  note(item: string): string {
    const each = (microseconds: number): number => rounded(microseconds / this.#items);
    return `µs of processor time for each ${item}: servers ${each(this.#servers)}, PostgreSQL ${each(this.#postgres)}`;
  }
}
