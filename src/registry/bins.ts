/**
 * Bins: sources that anybody who may manage makes in one call, and that end by themselves. They are stored, changed and
 * made known to other processes as sources are.
 */
import { type BinSettings, binTenant, isBinLive } from "../core/bin.ts";
import { TrotlineError } from "../core/errors.ts";
import { makeId } from "../core/ids.ts";
import { limits } from "../core/limits.ts";
import type { Clock, Random } from "../core/ports.ts";
import { type Source, sourceMethods } from "../core/source.ts";
import type { EventLog } from "../log/event-log.ts";
import { checkBin } from "./bin-check.ts";
import type { Sources } from "./sources.ts";

export type Bin = Source & { readonly bin: BinSettings };

/** What a person may set. */
export interface BinInput {
  readonly description: string;
  readonly answers: BinSettings["answers"];
  readonly cors: boolean;
  /** From now on. */
  readonly expiresInMs: number;
}

export interface BinsOptions {
  readonly sources: Sources;
  readonly events: Pick<EventLog, "bounds" | "catchUp">;
  readonly clock: Clock;
  readonly random: Random;
}

/** Nobody guesses it: 100 bits. Letters and digits that are not mistaken for each other. */
const nameLength = 20;
const alphabet = "0123456789abcdefghjkmnpqrstvwxyz";

const rate = { perSecond: limits.binRequestsPerSecond, burst: limits.binRequestsBurst };

export class Bins {
  readonly #options: BinsOptions;

  constructor(options: BinsOptions) {
    this.#options = options;
  }

  /** Refuses with `invalid-body`, `header-refused` and `bin-limit`. */
  async create(tenant: string, input: Partial<BinInput>): Promise<Bin> {
    const { clock, random, sources } = this.#options;
    const { description = "", answers = [], cors = false, expiresInMs = limits.binAgeMsDefault } = input;
    checkBin({ answers });
    await this.#sweep(tenant);
    this.#requireRoom(tenant);
    const nowMs = clock.wallMs();
    const id = makeId("bin", nowMs, random.bytes(16));
    const head = await this.#head();
    const marks = { answersAfter: head, shownAfter: head, hidden: [], notes: {} };
    const source = await sources.create({
      id,
      name: this.#name(),
      tenant: binTenant(id),
      description,
      scheme: { unverified: true },
      methods: sourceMethods,
      bodyBytesMax: limits.binBodyBytes,
      rate,
      deduplication: "none",
      bin: { tenant, answers, cors, expiresAtMs: nowMs + expiresInMs, beganAt: head, ...marks },
    });
    return source as Bin;
  }

  /** Oldest first, beginning after `afterId`. */
  list(query: { tenant?: string | undefined; afterId?: string | undefined; limit: number }): {
    bins: Bin[];
    more: boolean;
  } {
    const { tenant, afterId = "", limit } = query;
    const live = this.#live().filter(({ id, bin }) => id > afterId && (tenant === undefined || bin.tenant === tenant));
    live.sort((left, right) => (left.id < right.id ? -1 : 1));
    return { bins: live.slice(0, limit), more: live.length > limit };
  }

  /** By id or by name, or `bin-not-found`: also where it has expired. */
  require(idOrName: string): Bin {
    const { sources, clock } = this.#options;
    const source = sources.all().get(idOrName) ?? sources.byName(idOrName);
    if (source?.bin !== undefined && isBinLive(source.bin, clock.wallMs())) return source as Bin;
    throw this.notFound(idOrName);
  }

  notFound(idOrName: string): TrotlineError {
    return new TrotlineError("bin-not-found", `There is no bin \`${idOrName.slice(0, 100)}\`.`);
  }

  /** Other answers begin their sequence anew. */
  async change(idOrName: string, input: Partial<BinInput>): Promise<Bin> {
    const { description, answers, cors, expiresInMs } = input;
    if (answers !== undefined) checkBin({ answers });
    const head = await this.#head();
    const expiresAtMs = expiresInMs === undefined ? undefined : this.#options.clock.wallMs() + expiresInMs;
    return this.#replace(
      idOrName,
      () => ({
        ...(answers !== undefined && { answers, answersAfter: head }),
        ...(cors !== undefined && { cors }),
        ...(expiresAtMs !== undefined && { expiresAtMs }),
      }),
      description,
    );
  }

  /** The next request is given the first answer. */
  async reset(idOrName: string): Promise<Bin> {
    const answersAfter = await this.#head();
    return this.#replace(idOrName, () => ({ answersAfter }));
  }

  /** Nothing that came until now is shown any more. */
  async clear(idOrName: string): Promise<Bin> {
    const shownAfter = await this.#head();
    return this.#replace(idOrName, () => ({ shownAfter, hidden: [], notes: {} }));
  }

  hide(idOrName: string, eventId: string): Promise<Bin> {
    return this.#replace(idOrName, ({ hidden, notes }) => {
      if (hidden.includes(eventId)) return {};
      if (hidden.length >= limits.binHidden) throw tooManyMarks(`${limits.binHidden} requests are hidden already.`);
      const { [eventId]: _, ...left } = notes;
      return { hidden: [...hidden, eventId], notes: left };
    });
  }

  /** In place of the one that the request has; an empty text is none. */
  note(idOrName: string, eventId: string, text: string): Promise<Bin> {
    return this.#replace(idOrName, ({ notes }) => {
      const { [eventId]: _, ...others } = notes;
      if (text === "") return { notes: others };
      if (Object.keys(others).length >= limits.binNotes) throw tooManyMarks(`It has ${limits.binNotes} notes already.`);
      return { notes: { ...others, [eventId]: text } };
    });
  }

  async remove(idOrName: string): Promise<void> {
    await this.#options.sources.remove(this.require(idOrName).id);
  }

  /**
   * Removes those that have expired: nobody finds them any more. Some are remembered for a while, so that who sends to
   * them is told; not where the tenant has as many as it may.
   */
  async #sweep(tenant: string): Promise<void> {
    const { sources, clock } = this.#options;
    const nowMs = clock.wallMs();
    const known = [...sources.all().values()].filter((source): source is Bin => source.bin !== undefined);
    const isFull = known.filter(({ bin }) => bin.tenant === tenant).length >= limits.binsPerTenant;
    for (const { id, bin } of known) {
      const rememberedMs = isFull && bin.tenant === tenant ? 0 : limits.binRemembersMs;
      if (isBinLive(bin, nowMs - rememberedMs)) continue;
      await sources.remove(id).catch((error: unknown) => {
        // Another process has done it.
        if (!(error instanceof TrotlineError && error.code === "source-not-found")) throw error;
      });
    }
  }

  #replace(idOrName: string, change: (bin: BinSettings) => Partial<BinSettings>, description?: string): Promise<Bin> {
    const { id } = this.require(idOrName);
    const replaced = this.#options.sources.replace(id, (before) => {
      const { bin } = this.require(id);
      return { ...before, bin: { ...bin, ...change(bin) }, ...(description !== undefined && { description }) };
    });
    return replaced as Promise<Bin>;
  }

  /** Also of what other processes stored. */
  async #head(): Promise<number> {
    const { events } = this.#options;
    await events.catchUp?.();
    return events.bounds().head;
  }

  #live(): Bin[] {
    const { sources, clock } = this.#options;
    const nowMs = clock.wallMs();
    return [...sources.all().values()].filter(
      (source): source is Bin => source.bin !== undefined && isBinLive(source.bin, nowMs),
    );
  }

  #requireRoom(tenant: string): void {
    const count = this.#live().filter(({ bin }) => bin.tenant === tenant).length;
    if (count < limits.binsPerTenant) return;
    throw new TrotlineError("bin-limit", `The tenant \`${tenant}\` has ${limits.binsPerTenant} bins already.`);
  }

  #name(): string {
    const bytes = this.#options.random.bytes(nameLength);
    return Array.from(bytes, (byte) => alphabet[byte & 31]).join("");
  }
}

const tooManyMarks = (detail: string): TrotlineError => new TrotlineError("bin-marks-limit", detail);
