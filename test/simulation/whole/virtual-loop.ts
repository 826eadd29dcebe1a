/**
 * The event loop in virtual time: what calls `setTimeout`, `setInterval` or `setImmediate` is called when the simulated
 * moment comes, one after the other, each with all that it left to promises. Every happening belongs to a life (of a
 * process, or of the world); what a dead process had planned does not happen.
 */
import { VirtualTime } from "../virtual-time.ts";

export interface Life {
  isOver: boolean;
  /** The process is stopped until then: what was to happen in it meanwhile happens when it wakes, in order. */
  stoppedUntilMs?: number;
}

/** Intervals have less to do while nothing is in flight, and days of their ticks would cost more than all else. */
const idleIntervalMs = 20_000;
/** Happenings for each turn of the real loop. */
const happeningsPerTurn = 256;

type Callback = (...given: unknown[]) => void;

class VirtualTimer {
  isCleared = false;
  unref(): this {
    return this;
  }
  ref(): this {
    return this;
  }
  hasRef(): boolean {
    return true;
  }
  [Symbol.dispose](): void {
    this.isCleared = true;
  }
}

interface Interval {
  readonly timer: VirtualTimer;
  readonly life: Life;
  readonly everyMs: number;
  readonly run: () => void;
  /** Raised whenever it is planned anew: what was planned before does not happen. */
  round: number;
  isIdle: boolean;
}

const real = { setTimeout, setInterval, setImmediate, clearTimeout, clearInterval, clearImmediate };

export class VirtualLoop {
  readonly world: Life = { isOver: false };
  happenings = 0;
  readonly #time: VirtualTime;
  readonly #intervals = new Set<Interval>();
  #life: Life = this.world;
  #isBusy = false;
  #failure: Error | null = null;

  constructor(startMs: number) {
    this.#time = new VirtualTime(startMs);
  }

  get nowMs(): number {
    return this.#time.nowMs;
  }

  /** Happens later, as a part of this life, unless that is over by then. */
  plan(life: Life, delayMs: number, run: () => void): void {
    this.planAt(life, this.nowMs + Math.max(0, delayMs), run);
  }

  /** For what must keep its order: sums of times that are equal may differ by their last bit. */
  planAt(life: Life, atMs: number, run: () => void): void {
    this.#time.plan(atMs, () => {
      if (life.isOver) return;
      if ((life.stoppedUntilMs ?? 0) > this.nowMs) {
        this.planAt(life, life.stoppedUntilMs ?? 0, run);
        return;
      }
      this.#life = life;
      run();
    });
  }

  /** From here on, the happening under way belongs to this life. */
  enter(life: Life): void {
    this.#life = life;
  }

  /** Resolves after so much virtual time, as a part of the life under way. */
  pause(delayMs: number): Promise<void> {
    return new Promise((resolve) => this.plan(this.#life, delayMs, resolve));
  }

  /** Something is wrong, whoever would have caught the error: time stops with it. The first is told. */
  fail(error: Error): void {
    this.#failure ??= error;
  }

  /** Lets time pass. Rejects where an invariant does not hold. */
  runUntil(untilMs: number): Promise<void> {
    return new Promise((resolve, reject) => {
      let hasEnded = false;
      const end = (error: unknown): void => {
        hasEnded = true;
        this.#life = this.world;
        if (error === null) resolve();
        else reject(error);
      };
      const step = (): void => {
        if (hasEnded) return;
        try {
          if (this.#failure !== null) throw this.#failure;
          const run = this.#time.next(untilMs);
          if (run === null) end(null);
          else {
            this.happenings += 1;
            run();
          }
        } catch (error) {
          end(error);
        }
      };
      // Between two immediates Node does all that was left to promises. Many are planned at once, since a turn of the
      // real loop, with its system calls, costs more than most happenings do.
      const plan = (): void => {
        for (let count = 0; count < happeningsPerTurn; count++) real.setImmediate(step);
        real.setImmediate(() => (hasEnded ? undefined : plan()));
      };
      plan();
    });
  }

  /** Whether attempts are in flight: only then do intervals tick as often as they wish. */
  set isBusy(isBusy: boolean) {
    if (this.#isBusy === isBusy) return;
    this.#isBusy = isBusy;
    if (!isBusy) return;
    for (const interval of this.#intervals) if (interval.isIdle) this.#planTick(interval);
  }

  /** Puts these timers in place of the real ones while `use` runs. */
  async withTimers<Result>(use: () => Promise<Result>): Promise<Result> {
    const clear = (timer: unknown): void => {
      if (timer instanceof VirtualTimer) timer.isCleared = true;
    };
    const virtual = {
      setTimeout: (run: Callback, delayMs = 0, ...given: unknown[]) => this.#timeout(() => run(...given), delayMs),
      setImmediate: (run: Callback, ...given: unknown[]) => this.#timeout(() => run(...given), 0),
      setInterval: (run: Callback, everyMs = 1, ...given: unknown[]) => this.#interval(() => run(...given), everyMs),
      clearTimeout: clear,
      clearImmediate: clear,
      clearInterval: clear,
    };
    Object.assign(globalThis, virtual);
    try {
      return await use();
    } finally {
      Object.assign(globalThis, real);
    }
  }

  #timeout(run: () => void, delayMs: number): VirtualTimer {
    const timer = new VirtualTimer();
    this.plan(this.#life, delayMs, () => {
      if (!timer.isCleared) run();
    });
    return timer;
  }

  #interval(run: () => void, everyMs: number): VirtualTimer {
    const timer = new VirtualTimer();
    const interval: Interval = { timer, life: this.#life, everyMs, run, round: 0, isIdle: false };
    this.#intervals.add(interval);
    this.#planTick(interval);
    return timer;
  }

  #planTick(interval: Interval): void {
    const { timer, life, everyMs, run } = interval;
    interval.round += 1;
    interval.isIdle = !this.#isBusy;
    const { round } = interval;
    const delayMs = this.#isBusy ? everyMs : Math.max(everyMs, idleIntervalMs);
    this.#time.plan(this.nowMs + delayMs, () => {
      if (timer.isCleared || life.isOver) this.#intervals.delete(interval);
      else if ((life.stoppedUntilMs ?? 0) > this.nowMs) this.#planTick(interval);
      else if (round === interval.round) {
        this.#life = life;
        run();
        this.#planTick(interval);
      }
    });
  }
}
