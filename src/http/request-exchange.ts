/**
 * Requests between processes that share a store, which they pass on through it: nobody need reach another by network.
 * One that asks waits for the end of what it asked; one that runs shards takes what is asked of these, and does it.
 */
import { TrotlineError } from "../core/errors.ts";
import { makeId } from "../core/ids.ts";
import { limits } from "../core/limits.ts";
import type { Clock, Logger, Random } from "../core/ports.ts";
import type { ClusterPulse } from "../log/cluster-pulse.ts";
import type { NewRequest, RequestEnd, RequestStore, TakenRequest } from "../log/request-store.ts";
import type { HeldShards } from "../outbound/held-shards.ts";
import { Looks } from "./looks.ts";

/** Whoever waits looks so often though nobody tells: times run out. */
const lookEveryMs = 1000;
/** What dead processes asked is cleared away so often. */
const sweepEveryMs = 60_000;
const renewEveryMs = limits.requestHeldMs / 4;
const answerAgainMs = 500;
/** So many are taken at once: those of one tenant or endpoint are more than their share by these at most. */
const takenAtOnce = 16;

const shares = { tenant: limits.requestsDonePerTenant, endpoint: limits.requestsDonePerEndpoint } as const;

interface Waiting {
  readonly tenant: string;
  readonly bytes: number;
  readonly end: Promise<RequestEnd>;
  readonly resolve: (end: RequestEnd) => void;
}

interface Doing extends Pick<NewRequest, "tenant" | "endpoint"> {
  readonly done: Promise<void>;
}

interface RequestExchangeParts {
  readonly store: RequestStore;
  readonly pulse: ClusterPulse | undefined;
  readonly shards: HeldShards;
  readonly processId: string;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  /** Does what another asks, and answers; null where this process does not run the shard any more and did nothing. */
  readonly perform: (content: Uint8Array) => Promise<Uint8Array | null>;
}

export class RequestExchange {
  readonly #parts: RequestExchangeParts;
  /** Asked, by id. */
  readonly #waiting = new Map<string, Waiting>();
  /** Being done. */
  readonly #doing = new Map<string, Doing>();
  readonly #takes: Looks;
  readonly #ends: Looks;
  readonly #timers: NodeJS.Timeout[];
  #isClosed = false;

  constructor(parts: RequestExchangeParts) {
    this.#parts = parts;
    const failed = (error: unknown): void => {
      parts.logger.warn({ err: error }, "Requests between processes could not be read; trying again.");
    };
    this.#takes = new Looks(() => this.#take(), failed);
    this.#ends = new Looks(() => this.#hear(), failed);
    parts.pulse?.listen("requests", () => {
      this.#takes.soon();
      if (this.#waiting.size > 0) this.#ends.soon();
    });
    parts.shards.listen({ joined: () => this.#takes.soon() });
    const every = (ms: number, work: () => void): NodeJS.Timeout => setInterval(work, ms).unref();
    this.#timers = [
      every(lookEveryMs, () => this.#waiting.size > 0 && this.#ends.soon()),
      every(renewEveryMs, () => this.#renew()),
      every(sweepEveryMs, () => this.#ends.soon()),
    ];
    this.#takes.soon();
  }

  /**
   * What whoever runs the shard answers. Refuses with `shard-elsewhere` where nobody took it, and nobody will, and with
   * `request-unanswered` where somebody may have done it; with `overloaded` and `body-too-large` before it is asked.
   */
  async ask(asked: Omit<NewRequest, "id" | "from">): Promise<Uint8Array> {
    const { tenant, content } = asked;
    const { store, processId, clock, random } = this.#parts;
    if (this.#isClosed) throw new TrotlineError("shutting-down", "The server is stopping.");
    if (content.length > limits.forwardedRequestBytes) {
      const detail = `Another process runs this endpoint, and is sent ${limits.forwardedRequestBytes} bytes at most.`;
      throw new TrotlineError("body-too-large", detail);
    }
    if (!this.#hasRoom(tenant, content.length)) {
      throw new TrotlineError("overloaded", "Too many requests wait for other processes.", { retryAfterSeconds: 1 });
    }
    const id = makeId("req", clock.wallMs(), random.bytes(16));
    const { promise: end, resolve } = Promise.withResolvers<RequestEnd>();
    this.#waiting.set(id, { tenant, bytes: content.length, end, resolve });
    // Where the store has forgotten it, too.
    const lost = (): void => resolve({ id, outcome: "lost" });
    const timer = setTimeout(lost, limits.requestAnsweredWithinMs + limits.requestHeldMs).unref();
    try {
      await store.ask({ ...asked, id, from: processId });
      return contentOf(await end);
    } catch (error) {
      lost(); // Nobody waits for it any more.
      throw error;
    } finally {
      clearTimeout(timer);
      this.#waiting.delete(id);
    }
  }

  /** What waits passes through the database, whose links are few, and others need them. */
  #hasRoom(tenant: string, bytes: number): boolean {
    const all = [...this.#waiting.values()];
    const ofTenant = all.filter((one) => one.tenant === tenant);
    const sum = (some: readonly Waiting[]): number => some.reduce((total, one) => total + one.bytes, bytes);
    if (all.length >= limits.requestsAsked || sum(all) > limits.requestsAskedBytes) return false;
    return ofTenant.length < limits.requestsAskedPerTenant && sum(ofTenant) <= limits.requestsAskedBytes / 2;
  }

  /** Takes and asks nothing any more; what is under way may end for as long as the grace lasts. */
  async close(graceMs: number): Promise<void> {
    this.#isClosed = true;
    this.#takes.stop();
    let timer: NodeJS.Timeout | undefined;
    const deadline = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, graceMs).unref();
    });
    const asked = [...this.#waiting.values()].map(({ end }) => end);
    const doing = [...this.#doing.values()].map(({ done }) => done);
    await Promise.race([Promise.all([...doing, ...asked]), deadline]);
    clearTimeout(timer);
    for (const each of this.#timers) clearInterval(each);
    this.#ends.stop();
    for (const [id, { resolve }] of this.#waiting) resolve({ id, outcome: "lost" });
  }

  async #take(): Promise<void> {
    const { store, shards, processId, clock } = this.#parts;
    if (this.#isClosed || shards.haveExpired()) return;
    const running = shards.values().filter(({ state }) => state === "running");
    const limit = Math.min(limits.requestsDone - this.#doing.size, takenAtOnce);
    if (running.length === 0 || limit <= 0) return;
    const askedAtMs = clock.steadyMs();
    const taken = await store.take({
      ...{ processId, shards: running.map(({ shard }) => shard), limit },
      full: { tenants: this.#full("tenant"), endpoints: this.#full("endpoint") },
    });
    for (const one of taken) {
      const isLate = clock.steadyMs() - askedAtMs >= one.remainingMs;
      const done = this.#do(one, isLate).finally(() => {
        const { id, tenant, endpoint } = one;
        // There may be more than there was room for.
        const wasFull = this.#doing.size === limits.requestsDone;
        if (wasFull || this.#isFull("tenant", tenant) || this.#isFull("endpoint", endpoint)) this.#takes.soon();
        this.#doing.delete(id);
      });
      this.#doing.set(one.id, { ...one, done });
    }
    if (taken.length === limit) this.#takes.soon();
  }

  #full(of: keyof typeof shares): string[] {
    const all = new Set(this.#doing.values().map((one) => one[of]));
    return [...all].filter((name) => this.#isFull(of, name));
  }

  #isFull(of: keyof typeof shares, name: string): boolean {
    return [...this.#doing.values().filter((one) => one[of] === name)].length >= shares[of];
  }

  /** A process that was stopped meanwhile does nothing that whoever asked has given up. */
  async #do({ id, content }: TakenRequest, isLate: boolean): Promise<void> {
    const { store, processId, logger, perform } = this.#parts;
    if (isLate) {
      logger.warn({ request: id }, "A request of another process was taken too late, and is not done.");
      return;
    }
    const answer = this.#isClosed ? null : await perform(content);
    const tell = (): Promise<void> =>
      answer === null ? store.putBack(id, processId) : store.answer(id, processId, answer);
    for (let waitedMs = 0; waitedMs < limits.requestHeldMs; waitedMs += answerAgainMs) {
      try {
        await tell();
        return;
      } catch (error) {
        logger.warn({ err: error, request: id }, "A request of another process could not be answered; trying again.");
        await new Promise<void>((resolve) => setTimeout(resolve, answerAgainMs).unref());
      }
    }
  }

  #renew(): void {
    const { store, processId, logger } = this.#parts;
    if (this.#doing.size === 0) return;
    store.renew([...this.#doing.keys()], processId).catch((error: unknown) => {
      logger.warn({ err: error }, "Requests of other processes that are being done could not be renewed.");
    });
  }

  async #hear(): Promise<void> {
    for (const end of await this.#parts.store.ended(this.#parts.processId)) this.#waiting.get(end.id)?.resolve(end);
  }
}

function contentOf(end: RequestEnd): Uint8Array {
  if (end.outcome === "answered") return end.content;
  if (end.outcome === "untaken") {
    const detail = `Nobody who runs the endpoint took it within ${limits.requestTakenWithinMs / 1000} seconds; nothing was done.`;
    throw new TrotlineError("shard-elsewhere", detail, { retryAfterSeconds: 1 });
  }
  const detail = "The process that was to do it was not heard of any more. It may have been done, or not.";
  throw new TrotlineError("request-unanswered", detail);
}
