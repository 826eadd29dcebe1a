/**
 * Those who wait for events: page → [wait] → stream. An event that comes costs one look for each group that waits for
 * the same, and nothing for each who waits; time that passes costs nothing at all.
 */
import { TrotlineError } from "../core/errors.ts";
import type { StoredEvent } from "../core/event.ts";
import { limits } from "../core/limits.ts";
import type { Clock } from "../core/ports.ts";
import type { Tail } from "../log/tail.ts";
import { Deadlines } from "./deadlines.ts";
import { type FeedPage, PageBuilder } from "./page-builder.ts";
import type { Selection } from "./selection.ts";
import { TimeSlice } from "./time-slice.ts";

export interface Waiting {
  /** Forgets it at once: `onPage` is not called any more. */
  cancel(): void;
}

interface WaitingQuery {
  readonly selection: Selection;
  readonly after: number;
  readonly limit: number;
  readonly waitMs: number;
}

/** Who waits for the same. */
class Group {
  readonly key: string;
  readonly selection: Selection;
  readonly limit: number;
  readonly members = new Set<Waiter>();
  /** Where it is to be looked for from; null while it has seen everything up to the head. */
  from: number | null = null;

  constructor(key: string, selection: Selection, limit: number) {
    this.key = key;
    this.selection = selection;
    this.limit = limit;
  }
}

/** One who waits: as small as can be, for there may be tens of thousands. */
class Waiter implements Waiting {
  readonly after: number;
  /** Null when it was answered, or is not to be. */
  onPage: ((page: FeedPage) => void) | null;
  /** Null while its answer is on the way. */
  group: Group | null;
  readonly deadline: number;
  readonly #waiters: Waiters;

  constructor(waiters: Waiters, query: WaitingQuery, about: { deadline: number; onPage: (page: FeedPage) => void }) {
    this.#waiters = waiters;
    this.after = query.after;
    this.onPage = about.onPage;
    this.deadline = about.deadline;
    this.group = null;
  }

  cancel(): void {
    if (this.onPage !== null) this.#waiters.forget(this);
  }
}

/** An answer for many, on its way. */
interface Delivery {
  readonly page: FeedPage;
  readonly to: Iterator<Waiter>;
}

export class Waiters {
  readonly #tail: Tail;
  /** By tenant, then by what is waited for. */
  readonly #groups = new Map<string, Map<string, Group>>();
  readonly #deadlines: Deadlines<Waiter>;
  /** Groups that have not seen everything up to the head. */
  #behind: Group[] = [];
  #deliveries: Delivery[] = [];
  #isScheduled = false;
  #isClosed = false;
  #count = 0;
  #latestEmpty: FeedPage = { events: [], through: -1, more: false };

  constructor(parts: { readonly tail: Tail; readonly clock: Pick<Clock, "steadyMs"> }) {
    this.#tail = parts.tail;
    this.#deadlines = new Deadlines(parts.clock, (waiters) => this.#answerEmpty(waiters));
  }

  get count(): number {
    return this.#count;
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  add(query: WaitingQuery, onPage: (page: FeedPage) => void): Waiting {
    if (this.#count >= limits.waiters) {
      const detail = `${limits.waiters} requests wait for events already.`;
      throw new TrotlineError("too-many-waiting", detail, { retryAfterSeconds: 1 });
    }
    const waiter = new Waiter(this, query, { deadline: this.#deadlines.in(query.waitMs), onPage });
    this.#count += 1;
    if (this.#isClosed) {
      this.#deliver(this.#emptyPage(query.after), [waiter]);
      return waiter;
    }
    this.#deadlines.add(waiter);
    if (query.after >= this.#tail.head) this.#join(this.#groupOf(query), waiter);
    // Events came since its page was read: it is looked at alone, until it has seen them too.
    else this.#behindAlone(query, waiter);
    return waiter;
  }

  appended(events: readonly StoredEvent[]): void {
    const [first] = events;
    if (first === undefined || this.#groups.size === 0) return;
    for (const tenant of new Set(events.map((event) => event.tenant))) {
      for (const group of this.#groups.get(tenant)?.values() ?? []) {
        if (group.from === null) this.#lookFrom(group, first.position - 1);
      }
    }
  }

  forget(waiter: Waiter): void {
    waiter.onPage = null;
    this.#count -= 1;
    this.#deadlines.remove(waiter);
    this.#leave(waiter);
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#answerEmpty(this.#deadlines.close());
    for (const delivery of this.#deliveries.splice(0)) this.#hand(delivery, null);
  }

  #behindAlone({ selection, limit, after }: WaitingQuery, waiter: Waiter): void {
    const group = new Group("", selection, limit);
    this.#join(group, waiter);
    this.#lookFrom(group, after);
  }

  #lookFrom(group: Group, from: number): void {
    group.from = from;
    this.#behind.push(group);
    this.#schedule();
  }

  #groupOf({ selection, limit }: { selection: Selection; limit: number }): Group {
    const key = `${limit} ${selection.key}`;
    const ofTenant = this.#groups.get(selection.tenant) ?? new Map<string, Group>();
    this.#groups.set(selection.tenant, ofTenant);
    const group = ofTenant.get(key) ?? new Group(key, selection, limit);
    ofTenant.set(key, group);
    return group;
  }

  #join(group: Group, waiter: Waiter): void {
    group.members.add(waiter);
    waiter.group = group;
  }

  #leave(waiter: Waiter): void {
    const { group } = waiter;
    if (group === null) return;
    waiter.group = null;
    group.members.delete(waiter);
    if (group.members.size > 0) return;
    const ofTenant = this.#groups.get(group.selection.tenant);
    if (ofTenant?.get(group.key) !== group) return;
    ofTenant.delete(group.key);
    if (ofTenant.size === 0) this.#groups.delete(group.selection.tenant);
  }

  #schedule(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    // In the next turn: whoever published is answered first, and batches that come together are looked at together.
    setImmediate(() => this.#run());
  }

  #run(): void {
    this.#isScheduled = false;
    const slice = new TimeSlice();
    do {
      const [delivery] = this.#deliveries;
      if (delivery !== undefined) {
        if (this.#hand(delivery, slice)) this.#deliveries.shift();
      } else {
        const group = this.#behind.shift();
        if (group === undefined) return;
        if (group.members.size > 0) this.#look(group, slice);
      }
    } while (!slice.isOver);
    this.#schedule();
  }

  /** Looks for what a group waits for; whoever waits on goes on later from where the page ends. */
  #look(group: Group, slice: TimeSlice): void {
    const page = this.#pageFor(group, slice);
    if (page === null) {
      this.#answerEmpty([...group.members]);
      return;
    }
    this.#answer(group, page);
    group.from = null;
    if (group.members.size === 0) return;
    if (page.through < this.#tail.head) {
      this.#lookFrom(group, page.through);
    } else if (group.key === "") {
      const shared = this.#groupOf(group);
      for (const waiter of group.members) this.#join(shared, waiter);
    }
  }

  /** As much as the slice lasts for; null where the ring went on without the group: its readers read from the store. */
  #pageFor({ selection, limit, from }: Group, slice: TimeSlice): FeedPage | null {
    const { head } = this.#tail;
    const start = from ?? head;
    const builder = new PageBuilder(selection, limit, start);
    for (let through = start; through < head; ) {
      const event = this.#tail.get(through + 1);
      if (event === undefined) return null;
      if (!builder.offer(event)) return builder.cut(head);
      through += 1;
      if (slice.isOver) return builder.cutAt(through, head);
    }
    return builder.finish(head);
  }

  #answer({ members }: Group, page: FeedPage): void {
    const [first] = page.events;
    if (first === undefined) return;
    const { before = [], late = [] } = Object.groupBy(members, ({ after }) =>
      after < first.position ? "before" : "late",
    );
    this.#deliver(page, before);
    // They came while their group had not seen what they had.
    for (const waiter of late) {
      const events = page.events.filter((event) => event.position > waiter.after);
      if (events.length > 0) this.#deliver({ ...page, events }, [waiter]);
    }
  }

  /** An empty page for each, through what it has seen. */
  #answerEmpty(waiters: Iterable<Waiter>): void {
    const bySeen = Map.groupBy(waiters, ({ after, group }) => Math.max(after, group?.from ?? this.#tail.head));
    for (const [through, same] of bySeen) this.#deliver(this.#emptyPage(through), same);
  }

  /** The same page for all who have seen the same. */
  #emptyPage(through: number): FeedPage {
    const more = through < this.#tail.head;
    const latest = this.#latestEmpty;
    if (latest.through !== through || latest.more !== more) this.#latestEmpty = { events: [], through, more };
    return this.#latestEmpty;
  }

  #deliver(page: FeedPage, to: readonly Waiter[]): void {
    if (to.length === 0) return;
    for (const waiter of to) {
      this.#leave(waiter);
      this.#deadlines.remove(waiter);
    }
    this.#deliveries.push({ page, to: to[Symbol.iterator]() });
    this.#schedule();
  }

  /** Hands the page to those who are left, as long as the slice lasts; answers whether all have it. */
  #hand({ page, to }: Delivery, slice: TimeSlice | null): boolean {
    for (;;) {
      const { value: waiter, done } = to.next() as IteratorResult<Waiter, undefined>;
      if (done === true) return true;
      const { onPage } = waiter;
      if (onPage === null) continue;
      waiter.onPage = null;
      this.#count -= 1;
      onPage(page);
      if (slice?.isOver === true) return false;
    }
  }
}
