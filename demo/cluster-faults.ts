/** What is done to the processes of the demo, and to their database, while payloads are on their way. */
import type { PostgresServer } from "../test/postgres/a-postgres-server.ts";
import { leaseMs, type Processes, shardsText } from "./cluster-processes.ts";
import type { Fault } from "./cluster-result.ts";

/** So that something is in flight. */
const beginAfterMs = 400;
const awayMs = 1000;
/** The longest that the receiver takes to answer: a request outlives the process that sent it. */
const answerMsMax = 2000;

export interface Scene {
  readonly processes: Processes;
  readonly postgres: PostgresServer;
  say(line: string): void;
}

const pause = (timeMs: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, timeMs));
const secondsSince = (sinceMs: number): string => `${((Date.now() - sinceMs) / 1000).toFixed(1)} s`;

/** `kill -9` of one process; the others take over what it ran, and it is started again. */
export async function killOne({ processes, say }: Scene): Promise<Fault> {
  await pause(beginAfterMs);
  const fromMs = Date.now();
  await processes.get("two").kill();
  say("process two was killed (kill -9)");
  await processes.share("one", ["one", "three"]);
  say(
    `  after ${secondsSince(fromMs)} the others run its endpoints: ${shardsText(await processes.cluster("one"))} shards`,
  );
  await processes.start("two");
  await processes.share("one", ["one", "two", "three"]);
  say(`  it was started again, and has its share: ${shardsText(await processes.cluster("two"))}`);
  return { name: "killed", fromMs, untilMs: fromMs + answerMsMax };
}

/** A process sleeps for longer than its lease, and wakes when others have its endpoints. */
export async function pauseOne({ processes, say }: Scene): Promise<Fault> {
  await pause(beginAfterMs);
  const fromMs = Date.now();
  const three = processes.get("three");
  three.freeze(true);
  say(`process three was paused (SIGSTOP), for longer than its lease of ${leaseMs / 1000} s`);
  try {
    await Promise.all([processes.share("one", ["one", "two"]), pause(leaseMs + awayMs)]);
    say(`  the others run its endpoints: ${shardsText(await processes.cluster("one"))}`);
  } finally {
    three.freeze(false);
  }
  const wokeMs = Date.now();
  await processes.share("one", ["one", "two", "three"]);
  say(`  it was woken (SIGCONT), found its lease gone, sent nothing under it, and has its share again`);
  return { name: "paused", fromMs, untilMs: wokeMs + answerMsMax };
}

/** The database stops as if its machine had, and comes back. */
export async function restartDatabase({ processes, postgres, say }: Scene): Promise<Fault> {
  await pause(beginAfterMs);
  const fromMs = Date.now();
  await postgres.stop("immediate");
  say("the database was stopped as a crash would (SIGQUIT): publishing is answered 503 meanwhile");
  await pause(awayMs);
  await postgres.start();
  const backMs = Date.now();
  // Whoever asks first may be told that it is away still.
  await retried(() => processes.share("one", ["one", "two", "three"]));
  await retried(() => areReady(processes));
  say(`  it is back; ${secondsSince(backMs)} later all three deliver again, without having been started anew`);
  return { name: "database", fromMs, untilMs: Date.now() + leaseMs + answerMsMax };
}

async function areReady({ all }: Processes): Promise<void> {
  for (const server of all.values()) await server.text("GET", "/readyz");
}

const triesMax = 40;
const triesEveryMs = 250;

async function retried(ask: () => Promise<void>): Promise<void> {
  for (let tries = 1; ; tries++) {
    try {
      await ask();
      return;
    } catch (error) {
      if (tries === triesMax) throw error;
      await pause(triesEveryMs);
    }
  }
}
