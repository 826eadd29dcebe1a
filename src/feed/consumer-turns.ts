/**
 * Decisions about one consumer that many processes read as: each is made on what the store has. What this process saw
 * last is tried first, so that a client that stays with it costs one round trip for each; where it is old, the store
 * says what there is, and the rules are asked again.
 */
import type { Consumer, Lease, Reading, ReadingDecision } from "../core/consumer.ts";
import { TrotlineError } from "../core/errors.ts";
import type { ConsumerKey, KeptConsumer, LeaseLasts, SharedConsumerStore } from "../log/consumer-store.ts";
import { notFound, refusal } from "./consumer-refusal.ts";
import type { StoreClock } from "./store-clock.ts";

/** So often others may be first. */
const triesMax = 20;

/** Null where what was seen is not what it was prepared for: nothing is decided. */
export type Judge = (kept: KeptConsumer, nowMs: number) => ReadingDecision | null;

export interface TurnsParts {
  readonly store: SharedConsumerStore;
  readonly clock: StoreClock;
  /** What the store has is known anew; null: there is none. In the same turn in which whoever decided is told. */
  readonly onSeen: (kept: KeptConsumer | null) => void;
}

export class ConsumerTurns {
  readonly #parts: TurnsParts;
  readonly #key: ConsumerKey;
  #seen: KeptConsumer | null = null;
  /** Of this process, one goes after the other: they would only be in each other's way. */
  #line: Promise<unknown> = Promise.resolve();

  constructor(parts: TurnsParts, key: ConsumerKey) {
    this.#parts = parts;
    this.#key = key;
  }

  /** As the store had it when it was asked last; null where it was not, or there was none. */
  get seen(): KeptConsumer | null {
    return this.#seen;
  }

  saw(kept: KeptConsumer | null): void {
    this.#seen = kept;
    this.#parts.onSeen(kept);
  }

  /** What the store has now. */
  async ask(): Promise<KeptConsumer> {
    const { kept, nowMs } = await this.#parts.store.find([this.#key]);
    this.#parts.clock.heard(nowMs);
    const [found = null] = kept;
    this.saw(found);
    if (found === null) throw notFound(this.#key);
    return found;
  }

  /** What was seen lately, or what the store has. */
  lately(): KeptConsumer | Promise<KeptConsumer> {
    const seen = this.#parts.clock.isKnown ? this.#seen : null;
    return seen ?? this.ask();
  }

  /**
   * Decides, and answers what is stored then; null where the judge had nothing to decide. Refuses as the rules do, and
   * with `overloaded` where others were first each time. `taken` is called before anything else is heard of it.
   */
  decide(judge: Judge, taken: () => void = () => {}): Promise<KeptConsumer | null> {
    return this.#inLine(() => this.#decide(judge, { taken }));
  }

  /** What was told, where `next` makes something of what is stored; null leaves it. */
  tell(next: (told: Consumer["told"]) => Consumer["told"] | null): Promise<KeptConsumer | null> {
    let told: Consumer["told"] | null = null;
    const judge: Judge = ({ consumer, lease }) => {
      told = next(consumer.told);
      return told === null ? null : { next: { ...readingOf({ consumer, lease }) } };
    };
    return this.#inLine(async () => {
      await this.ask();
      return this.#decide(judge, { taken: () => {}, told: () => told ?? undefined });
    });
  }

  async #decide(
    judge: Judge,
    { taken, told }: { taken: () => void; told?: () => Consumer["told"] },
  ): Promise<KeptConsumer | null> {
    const seen = this.lately();
    let isFresh = seen instanceof Promise;
    let kept = await seen;
    for (let tries = 0; tries < triesMax; ) {
      const nowMs = this.#parts.clock.nowMs();
      const decision = judge(kept, nowMs);
      if (decision === null) return null;
      if ("refused" in decision) {
        if (isFresh) throw refusal(decision);
        kept = await this.ask();
        isFresh = true;
        continue;
      }
      tries += 1;
      const answer = await this.#parts.store.decide({
        ...this.#key,
        version: kept.version,
        turn: kept.turn,
        position: decision.next.position,
        lease: decision.next.lease,
        lasts: lasts(kept.lease, decision.next.lease, nowMs),
        told: told === undefined ? kept.consumer.told : told(),
        isNews: isTakenAway(kept.lease, decision.next.lease),
      });
      this.#parts.clock.heard(answer.nowMs);
      if (answer.isTaken) taken();
      this.saw(answer.kept);
      if (answer.kept === null) throw notFound(this.#key);
      if (answer.isTaken) return answer.kept;
      kept = answer.kept;
      isFresh = true;
    }
    const detail = `Others changed the consumer \`${this.#key.name}\` ${triesMax} times meanwhile.`;
    throw new TrotlineError("overloaded", detail, { retryAfterSeconds: 1 });
  }

  #inLine<Result>(work: () => Promise<Result>): Promise<Result> {
    const done = this.#line.then(work);
    this.#line = done.catch(() => {});
    return done;
  }
}

export const readingOf = ({ consumer, lease }: Pick<KeptConsumer, "consumer" | "lease">): Reading => ({
  position: consumer.position,
  leaseMs: consumer.leaseMs,
  lease,
});

function lasts(before: Lease | null, after: Lease | null, nowMs: number): LeaseLasts {
  const isSame = before !== null && before.token === after?.token;
  const forMs = isSame && before.untilMs === after.untilMs ? null : (after?.untilMs ?? nowMs) - nowMs;
  const isServedSame = isSame && before.servingUntilMs === after.servingUntilMs;
  return { forMs, servingForMs: isServedSame ? null : (after?.servingUntilMs ?? nowMs) - nowMs };
}

/** Somebody waits under a lease that ends by this, in whatever process. */
const isTakenAway = (before: Lease | null, after: Lease | null): boolean =>
  before !== null && before.serving > 0 && before.token !== after?.token;
