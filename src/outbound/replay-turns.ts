/** Whose turn it is among the replays that have not ended: one event a turn, as long as there is room. */
import type { Clock } from "../core/ports.ts";
import { Queue } from "./queue.ts";
import type { ReplayRun } from "./replay-run.ts";
import { WakeQueue } from "./wake-queue.ts";

/** Turns given before the event loop has one. */
const turnsPerPass = 64;
/** How often each is asked what it wants, whatever happens: its endpoint may have come back, or room be free. */
const lookEveryMs = 250;

export class ReplayTurns {
  readonly #clock: Clock;
  readonly #ended: () => void;
  readonly #active = new Set<ReplayRun>();
  readonly #turns = new Queue<ReplayRun>();
  /** Those that met a full share. */
  #waiting: ReplayRun[] = [];
  /** Those whose endpoint's rate is used up. */
  readonly #wakes: WakeQueue<ReplayRun>;
  #isPassing = false;
  #isClosing = false;
  #timer: NodeJS.Timeout | null = null;

  /** `ended`: one that was active is not any more. */
  constructor(clock: Clock, ended: () => void) {
    this.#clock = clock;
    this.#ended = ended;
    this.#wakes = new WakeQueue(
      () => clock.steadyMs(),
      (run) => this.wake(run),
    );
  }

  /** How many have not ended. */
  get active(): number {
    return this.#active.size;
  }

  add(run: ReplayRun): void {
    this.#active.add(run);
    this.#timer ??= setInterval(() => this.#look(), lookEveryMs).unref();
    this.wake(run);
  }

  remove(run: ReplayRun): void {
    this.#active.delete(run);
  }

  wake(run: ReplayRun): void {
    if (run.isQueued || this.#isClosing) return;
    run.isQueued = true;
    this.#turns.push(run);
    this.#pass();
  }

  wakeAt(run: ReplayRun, atMs: number): void {
    this.#wakes.set(run, atMs);
  }

  /** Who waits for room longest asks first. */
  roomFreed(): void {
    for (const run of this.#waiting.splice(0)) this.wake(run);
  }

  close(): void {
    this.#isClosing = true;
    this.#wakes.close();
    if (this.#timer !== null) clearInterval(this.#timer);
  }

  #look(): void {
    this.#waiting = [];
    for (const run of this.#active) this.wake(run);
    if (this.#active.size > 0 || this.#timer === null) return;
    clearInterval(this.#timer);
    this.#timer = null;
  }

  #pass(): void {
    if (this.#isPassing) return;
    this.#isPassing = true;
    queueMicrotask(() => this.#giveTurns());
  }

  #giveTurns(): void {
    const nowMs = this.#clock.steadyMs();
    for (let turns = 0; turns < turnsPerPass; turns++) {
      const run = this.#turns.shift();
      if (run === undefined) {
        this.#isPassing = false;
        return;
      }
      run.isQueued = false;
      const turn = run.takeTurn(nowMs);
      if (run.hasEnded) {
        if (this.#active.delete(run)) this.#ended();
      } else if (turn === "sent") this.wake(run);
      else if (turn === "full") this.#waiting.push(run);
    }
    setImmediate(() => this.#giveTurns());
  }
}
