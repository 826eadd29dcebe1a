/**
 * Decisions about consumers, in groups: those that come while one group is under way are the next, in one statement.
 * They are about events of the log that this process has shown.
 */
import { TrotlineError } from "../../core/errors.ts";
import type { ConsumerAnswer, ConsumerDecision } from "../consumer-store.ts";
import type { EventLog } from "../event-log.ts";
import { keptOf } from "./consumer-rows.ts";
import type { Parameter, Row } from "./database.ts";
import { stateOf } from "./database-error.ts";
import { epochState } from "./epoch-guard.ts";
import type { StoreParts } from "./parts.ts";

const groupMax = 500;
const waitingMax = 50_000;

interface Task {
  readonly decision: ConsumerDecision;
  readonly resolve: (answer: ConsumerAnswer) => void;
  readonly reject: (error: unknown) => void;
}

export class ConsumerDecisions {
  readonly #parts: Pick<StoreParts, "database" | "write" | "pulse">;
  readonly #log: Pick<EventLog, "bounds">;
  #waiting: Task[] = [];
  #working: Promise<void> | null = null;
  #isClosed = false;

  constructor(parts: Pick<StoreParts, "database" | "write" | "pulse">, log: Pick<EventLog, "bounds">) {
    this.#parts = parts;
    this.#log = log;
  }

  submit(decision: ConsumerDecision): Promise<ConsumerAnswer> {
    if (this.#isClosed) return Promise.reject(new TrotlineError("shutting-down", "The store is closed."));
    if (this.#waiting.length >= waitingMax) {
      return Promise.reject(new TrotlineError("overloaded", `${waitingMax} decisions about consumers wait.`));
    }
    const done = new Promise<ConsumerAnswer>((resolve, reject) => {
      this.#waiting.push({ decision, resolve, reject });
    });
    this.#working ??= this.#work();
    return done;
  }

  /** Takes nothing more, and finishes what was taken. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#working;
  }

  async #work(): Promise<void> {
    // What is asked for in the same turn belongs together.
    await Promise.resolve();
    while (this.#waiting.length > 0) await this.#decide(this.#waiting.splice(0, groupMax));
    this.#working = null;
  }

  async #decide(tasks: readonly Task[]): Promise<void> {
    const group = tasks.toSorted((left, right) => (keyOf(left.decision) < keyOf(right.decision) ? -1 : 1));
    const columns = columnsOf(group.map(({ decision }) => decision));
    try {
      const rows = await this.#run(columns);
      if (group.some(({ decision }) => decision.isNews)) this.#parts.pulse.ring();
      for (const [index, { resolve }] of group.entries()) resolve(answerOf(rows[index] as Row));
    } catch (error) {
      for (const { reject } of group) reject(error);
    }
  }

  /** One statement; where another epoch began meanwhile, once more in that one, if it is of the same log. */
  async #run(columns: readonly Parameter[]): Promise<readonly Row[]> {
    const parameters = (): Parameter[] => [this.#log.bounds().epochs.at(-1)?.id ?? "", ...columns];
    try {
      return await this.#parts.database.run("consumers-decide", parameters());
    } catch (error) {
      if (stateOf((error as TrotlineError).cause ?? {}) !== epochState) throw error;
      return this.#parts.write((run) => run("consumers-decide", parameters()));
    }
  }
}

const keyOf = ({ tenant, name }: ConsumerDecision): string => `${tenant} ${name}`;

function columnsOf(decisions: readonly ConsumerDecision[]): Parameter[] {
  return [
    decisions.map(({ tenant }) => tenant),
    decisions.map(({ name }) => name),
    decisions.map(({ version }) => version),
    decisions.map(({ turn }) => turn),
    decisions.map(({ position }) => position),
    decisions.map(({ told }) => (told === undefined ? null : JSON.stringify(told))),
    decisions.map(({ lease }) => (lease === null ? null : JSON.stringify(lease))),
    decisions.map(({ lasts }) => lasts.forMs),
    decisions.map(({ lasts }) => lasts.servingForMs),
    decisions.map(({ isNews }) => isNews),
  ];
}

const answerOf = (row: Row): ConsumerAnswer => ({
  isTaken: row.is_taken === true,
  kept: keptOf(row),
  nowMs: Number(row.now_ms),
});
