/**
 * What becomes of the requests of a group, as far as it is known without asking the database: a plan, which holds
 * unless the log has one of its ids or keys. Then the plan is made again with what the log has.
 */
import { sameBytes, sameContent, sameMembers } from "../../core/event.ts";
import { sha256 } from "../../platform/hmac.ts";
import type { AppendedItem, AppendOutcome, AppendRequest, Idempotency, PublishedEvent } from "../event-log.ts";

/** An event that the log has: enough of it to compare another with. */
export interface KnownEvent {
  readonly position: number;
  readonly type: string;
  readonly subject: string | null;
  readonly version: string | null;
  readonly occurredAtMs: number;
  readonly isReceived: boolean;
  /** SHA-256 of its data, hexadecimal. Null where it was received. */
  readonly digest: string | null;
}

export interface KnownKey {
  readonly bodyHash: Uint8Array;
  readonly items: readonly AppendedItem[];
}

/** What the log is known to have of what the requests name. */
export interface Knowledge {
  /** By `eventKey`. */
  readonly events: Map<string, KnownEvent>;
  /** By `idempotencyKey`. */
  readonly keys: Map<string, KnownKey>;
}

/**
 * Positions that are not known yet are below 0: -1 is the first event of the plan, -2 the second. An event that is not
 * stored because its request was refused has position 0.
 */
export interface AppendPlan {
  readonly outcomes: readonly AppendOutcome[];
  /** To be stored, in this order. */
  readonly events: readonly PublishedEvent[];
  /** Of refused requests: whether the log has their ids makes a difference to the answer. */
  readonly asked: readonly PublishedEvent[];
  /** To be looked up; and to be remembered with `items` where these are not null. */
  readonly keys: readonly (Idempotency & { readonly items: readonly AppendedItem[] | null })[];
  /** How often received events came again, by position. */
  readonly redelivered: ReadonlyMap<number, number>;
}

export const eventKey = (tenant: string, id: string): string => `${tenant} ${id}`;
export const idempotencyKey = ({ scope, key }: Idempotency): string => JSON.stringify([scope, key]);

export const knowNothing = (): Knowledge => ({ events: new Map(), keys: new Map() });

export function planAppend(requests: readonly AppendRequest[], knowledge: Knowledge): AppendPlan {
  const planner = new Planner(knowledge);
  const outcomes = requests.map((request) => planner.add(request));
  const { events, asked, redelivered } = planner;
  return { outcomes, events, asked, keys: [...planner.keys.values()], redelivered };
}

/** Where the plan's positions are in the log once its first event follows on `headBefore`. */
export const placed = (position: number, headBefore: number): number =>
  position < 0 ? headBefore - position : position;

class Planner {
  readonly events: PublishedEvent[] = [];
  readonly asked: PublishedEvent[] = [];
  readonly keys = new Map<string, AppendPlan["keys"][number]>();
  readonly redelivered = new Map<number, number>();
  readonly #knowledge: Knowledge;
  /** Events of the plan, with their positions in it, by `eventKey`. */
  readonly #planned = new Map<string, { readonly event: PublishedEvent; readonly position: number }>();

  constructor(knowledge: Knowledge) {
    this.#knowledge = knowledge;
  }

  add(request: AppendRequest): AppendOutcome {
    const { idempotency } = request;
    const remembered = idempotency === null ? undefined : this.#remembered(idempotency);
    if (remembered !== undefined && idempotency !== null) {
      return sameBytes(remembered.bodyHash, idempotency.bodyHash)
        ? { kind: "repeated", items: remembered.items }
        : { kind: "idempotency-mismatch" };
    }
    const before = this.events.length;
    const copies: number[] = [];
    const items = request.events.map((event) => this.#addEvent(event, copies));
    const isRefused = request.atomic && items.some(({ outcome }) => outcome === "conflict");
    const answered = isRefused ? this.#takeBack(before, items) : items;
    for (const position of copies) {
      if (isRefused && position < -before) continue;
      this.redelivered.set(position, (this.redelivered.get(position) ?? 0) + 1);
    }
    if (idempotency !== null) {
      this.keys.set(idempotencyKey(idempotency), { ...idempotency, items: isRefused ? null : answered });
    }
    return { kind: "answered", items: answered };
  }

  /** By the log, or by a request before. */
  #remembered(idempotency: Idempotency): KnownKey | undefined {
    const key = idempotencyKey(idempotency);
    const planned = this.keys.get(key);
    if (planned !== undefined && planned.items !== null) return { bodyHash: planned.bodyHash, items: planned.items };
    return this.#knowledge.keys.get(key);
  }

  #addEvent(event: PublishedEvent, copies: number[]): AppendedItem {
    const { id } = event;
    const key = eventKey(event.tenant, id);
    const existing = this.#planned.get(key) ?? this.#knowledge.events.get(key);
    if (existing === undefined) {
      const position = -this.events.push(event);
      this.#planned.set(key, { event, position });
      return { id, position, outcome: "stored" };
    }
    const isSame =
      "event" in existing ? sameContent(existing.event, event, event.occurredAtWasGiven) : sameAsKnown(existing, event);
    if (isSame && event.request !== null) copies.push(existing.position);
    return { id, position: existing.position, outcome: isSame ? "duplicate" : "conflict" };
  }

  /** Nothing of a refused request may stay. What it met of others keeps its position. */
  #takeBack(before: number, items: readonly AppendedItem[]): readonly AppendedItem[] {
    const taken = this.events.splice(before);
    for (const { tenant, id } of taken) this.#planned.delete(eventKey(tenant, id));
    this.asked.push(...taken);
    return items.map((item) => (item.position < -before ? { ...item, position: 0 } : item));
  }
}

function sameAsKnown(known: KnownEvent, published: PublishedEvent): boolean {
  if (known.isReceived || published.request !== null) return known.isReceived && published.request !== null;
  return (
    sameMembers(known, published, published.occurredAtWasGiven) &&
    known.digest === Buffer.from(sha256(published.data)).toString("hex")
  );
}
