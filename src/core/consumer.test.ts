import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import {
  consumerState,
  decideReading,
  isConsumerName,
  leasedUntilMs,
  lostEvents,
  type Reading,
  type ReadingRequest,
} from "./consumer.ts";

const leaseMs = 1000;
const unread: Reading = { position: 0, leaseMs, lease: null };

const aFetch = (token: string | null, newToken = "new", after: number | null = null): ReadingRequest => ({
  ask: "fetch",
  token,
  newToken,
  after,
});

/** The state after requests that must all be granted, each with its moment. */
function after(reading: Reading, ...requests: [request: ReadingRequest, nowMs: number][]): Reading {
  return requests.reduce((state, [request, nowMs]) => {
    const decision = decideReading(state, request, nowMs);
    assert.ok("next" in decision, JSON.stringify({ request, decision }));
    return decision.next;
  }, reading);
}

function refusedOf(reading: Reading, request: ReadingRequest, nowMs: number): string | null {
  const decision = decideReading(reading, request, nowMs);
  return "refused" in decision ? decision.refused : null;
}

/** Fetched through 10 under the lease `a`, answered at 0. */
const fetched = after(unread, [aFetch(null, "a"), 0], [{ ask: "answered", token: "a", through: 10 }, 0]);

describe("a lease", () => {
  it("keeps others away until its time is up", () => {
    const held = decideReading(fetched, aFetch(null), leaseMs - 1);
    assert.deepEqual(held, { refused: "lease-held", retryAfterMs: 1 });
    assert.deepEqual(decideReading(fetched, aFetch(null), -5), { refused: "lease-held", retryAfterMs: leaseMs });
    assert.equal(after(fetched, [aFetch(null, "b"), leaseMs]).lease?.token, "b");
  });

  it("is stale from the moment its time is up, and for whoever has another", () => {
    const acknowledge = (token: string): ReadingRequest => ({ ask: "acknowledge", token, position: 5 });
    assert.equal(refusedOf(fetched, acknowledge("a"), leaseMs - 1), null);
    assert.equal(refusedOf(fetched, acknowledge("a"), leaseMs), "lease-stale");
    assert.equal(refusedOf(fetched, acknowledge("b"), 0), "lease-stale");
    assert.equal(refusedOf(unread, acknowledge("a"), 0), "lease-stale");
    assert.equal(refusedOf(fetched, aFetch("b"), 0), "lease-stale");
    assert.equal(refusedOf(fetched, { ask: "release", token: "b" }, 0), "lease-stale");
  });

  it("does not run out while a request of its holder is served, and counts from the answer", () => {
    const serving = after(fetched, [aFetch("a"), 500]);
    assert.equal(refusedOf(serving, aFetch(null), 60_000), "lease-held");
    assert.equal(leasedUntilMs(serving, 60_000), 60_000 + leaseMs);
    const answered = after(serving, [{ ask: "answered", token: "a", through: 12 }, 60_000]);
    assert.equal(leasedUntilMs(answered, 60_000), 60_000 + leaseMs);
    assert.equal(leasedUntilMs(answered, 60_000 + leaseMs), null);
    assert.equal(refusedOf(answered, aFetch(null), 60_000 + leaseMs), null);
  });

  it("under which a process waits that may be gone lasts for the wait and its time, and no longer", () => {
    const waits: ReadingRequest = { ask: "fetch", token: null, newToken: "a", after: null, waitMs: 30_000 };
    const waiting = after(unread, [waits, 0]);
    assert.deepEqual(decideReading(waiting, aFetch(null), 20_000), { refused: "lease-held", retryAfterMs: leaseMs });
    assert.deepEqual(decideReading(waiting, aFetch(null), 30_999), { refused: "lease-held", retryAfterMs: 1 });
    assert.equal(after(waiting, [aFetch(null, "b"), 31_000]).lease?.token, "b");
    const answered = after(waiting, [{ ask: "answered", token: "a", through: 5 }, 500]);
    assert.equal(leasedUntilMs(answered, 500), 500 + leaseMs, "it is answered: the rest of the wait does not count");
  });

  it("under which two wait, of which one is never heard of again, lasts for as long as the longer", () => {
    const waits = (token: string | null, waitMs: number): ReadingRequest => {
      return { ask: "fetch", token, newToken: "a", after: null, waitMs };
    };
    const both = after(unread, [waits(null, 10_000), 0], [waits("a", 2000), 0]);
    const one = after(both, [{ ask: "answered", token: "a", through: 5 }, 2000]);
    assert.equal(refusedOf(one, aFetch(null), 10_999), "lease-held");
    assert.equal(refusedOf(one, aFetch(null), 11_000), null);
    const again = after(one, [waits("a", 0), 10_500], [{ ask: "answered", token: "a", through: 5 }, 10_500]);
    assert.equal(refusedOf(again, aFetch(null), 11_499), "lease-held");
    assert.equal(refusedOf(again, aFetch(null), 11_500), null);
  });

  it("runs out by its time when a waiting holder goes away", () => {
    const left = after(fetched, [aFetch("a"), 500], [{ ask: "dropped", token: "a" }, 700]);
    assert.equal(refusedOf(left, aFetch(null), 699 + leaseMs), "lease-held");
    assert.equal(refusedOf(left, aFetch(null), 700 + leaseMs), null);
  });

  it("that nobody was told of ends with its request", () => {
    const left = after(unread, [aFetch(null, "a"), 0], [{ ask: "dropped", token: "a" }, 1]);
    assert.equal(refusedOf(left, aFetch(null), 1), null);
  });

  it("is renewed by acknowledging, also what is acknowledged already", () => {
    const renewed = after(
      fetched,
      [{ ask: "acknowledge", token: "a", position: 0 }, 900],
      [{ ask: "answered", token: "a", through: null }, 900],
    );
    assert.equal(leasedUntilMs(renewed, 900), 900 + leaseMs);
  });

  it("is given back by its holder, and taken away by a seek", () => {
    assert.equal(after(fetched, [{ ask: "release", token: "a" }, 1]).lease, null);
    const sought = after(fetched, [{ ask: "seek", position: 3 }, 1]);
    assert.deepEqual([sought.position, sought.lease], [3, null]);
  });

  it("taken beyond where the consumer is put back to ends", () => {
    const ahead = after(unread, [{ ask: "seek", position: 100 }, 0], [aFetch(null, "b"), 0]);
    assert.equal(after(ahead, [{ ask: "rollBack", position: 0, leaseMs }, 0]).lease, null);
    const behind = after({ ...unread, position: 5 }, [aFetch(null, "b"), 0]);
    assert.equal(after(behind, [{ ask: "rollBack", position: 5, leaseMs }, 0]).lease?.token, "b");
  });
});

describe("an acknowledgement", () => {
  const acknowledge = (position: number): ReadingRequest => ({ ask: "acknowledge", token: "a", position });

  it("moves forward, up to what was fetched", () => {
    assert.equal(after(fetched, [acknowledge(10), 1]).position, 10);
    assert.equal(refusedOf(fetched, acknowledge(11), 1), "ack-beyond-fetched");
    assert.equal(refusedOf(after(fetched, [acknowledge(4), 1]), acknowledge(3), 1), "ack-backwards");
  });

  it("of a new holder counts only what that one fetched", () => {
    const taken = after(fetched, [aFetch(null, "b"), leaseMs]);
    assert.equal(refusedOf(taken, { ask: "acknowledge", token: "b", position: 10 }, leaseMs), "ack-beyond-fetched");
  });

  it("and reading ahead stay between what is acknowledged and what was fetched", () => {
    const acknowledged = after(fetched, [acknowledge(4), 1]);
    assert.equal(refusedOf(acknowledged, aFetch("a", "new", 3), 1), "ack-backwards");
    assert.equal(refusedOf(acknowledged, aFetch("a", "new", 10), 1), null);
    assert.equal(refusedOf(acknowledged, aFetch("a", "new", 11), 1), "ack-beyond-fetched");
    assert.equal(refusedOf(unread, aFetch(null, "b", 1), 1), "ack-beyond-fetched");
  });
});

/** What clients and operators do, at random; tokens are of the clients `0` to `2`, however old. */
const clientCount = 3;
type Deed =
  | { do: "fetch"; client: number; knows: boolean; ahead: boolean }
  | { do: "answer"; client: number; count: number }
  | { do: "drop"; client: number }
  | { do: "acknowledge"; client: number; position: number }
  | { do: "release"; client: number }
  | { do: "seek"; position: number }
  | { do: "restart" }
  | { do: "pass"; ms: number };
const client = fc.nat(clientCount - 1);
const position = fc.nat(20);
const deed: fc.Arbitrary<Deed> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ do: fc.constant("fetch"), client, knows: fc.boolean(), ahead: fc.boolean() }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant("answer"), client, count: fc.nat(5) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("drop"), client }) },
  { weight: 5, arbitrary: fc.record({ do: fc.constant("acknowledge"), client, position }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("release"), client }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("seek"), position }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("restart") }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant("pass"), ms: fc.nat(leaseMs) }) },
) as fc.Arbitrary<Deed>;

/** The rules beside clients that remember every lease they ever had, and a record of who was answered what. */
class Model {
  reading = unread;
  nowMs = 0;
  tokens = 0;
  /** The newest lease of each client, and the fetch that it has running. */
  readonly leases: (string | null)[] = Array(clientCount).fill(null);
  readonly running: ({ token: string; after: number } | null)[] = Array(clientCount).fill(null);
  /** Positions that anybody was answered since the last seek. */
  seen = new Set<number>();

  run(deed: Deed): void {
    const before = this.reading.position;
    const holder = this.#holder();
    this.#do(deed);
    const { position } = this.reading;
    if (deed.do === "seek") return;
    assert.ok(position >= before, "an acknowledged position went back");
    if (position === before) return;
    assert.ok(deed.do === "acknowledge" && this.leases[deed.client] === holder, "moved by one who has no lease");
    for (let at = before + 1; at <= position; at++) assert.ok(this.seen.has(at), `${at} was answered to nobody`);
  }

  #holder(): string | null {
    return leasedUntilMs(this.reading, this.nowMs) === null ? null : (this.reading.lease?.token ?? null);
  }

  #ask(request: ReadingRequest): boolean {
    const decision = decideReading(this.reading, request, this.nowMs);
    if ("refused" in decision) return false;
    this.reading = decision.next;
    return true;
  }

  #do(deed: Deed): void {
    switch (deed.do) {
      case "fetch": {
        if (this.running[deed.client] !== null) return;
        const token = deed.knows ? (this.leases[deed.client] ?? null) : null;
        const newToken = `t${this.tokens++}`;
        const ahead = deed.ahead && token !== null ? (this.reading.lease?.fetchedThrough ?? null) : null;
        const from = ahead ?? this.reading.position;
        if (!this.#ask({ ask: "fetch", token, newToken, after: ahead })) return;
        this.running[deed.client] = { token: token ?? newToken, after: from };
        return;
      }
      case "answer": {
        const running = this.running[deed.client] ?? null;
        this.running[deed.client] = null;
        if (running === null) return;
        const through = running.after + deed.count;
        if (!this.#ask({ ask: "answered", token: running.token, through })) return;
        this.leases[deed.client] = running.token;
        for (let at = running.after + 1; at <= through; at++) this.seen.add(at);
        return;
      }
      case "drop": {
        const running = this.running[deed.client] ?? null;
        this.running[deed.client] = null;
        if (running !== null) this.#ask({ ask: "dropped", token: running.token });
        return;
      }
      case "acknowledge": {
        const token = this.leases[deed.client] ?? null;
        if (token === null || !this.#ask({ ask: "acknowledge", token, position: deed.position })) return;
        this.#ask({ ask: "answered", token, through: null });
        return;
      }
      case "release": {
        const token = this.leases[deed.client] ?? null;
        if (token !== null) this.#ask({ ask: "release", token });
        return;
      }
      case "seek":
        this.#ask({ ask: "seek", position: deed.position });
        this.seen = new Set(Array.from({ length: deed.position }, (_, index) => index + 1));
        return;
      case "restart":
        this.reading = { ...this.reading, lease: null };
        return;
      case "pass":
        this.nowMs += deed.ms;
    }
  }
}

describe("whatever clients do", () => {
  it("only the holder moves the position, forward, over what was answered", () => {
    fc.assert(
      fc.property(fc.array(deed, { maxLength: 60 }), (deeds) => {
        const model = new Model();
        for (const one of deeds) model.run(one);
      }),
      { numRuns: 2000 },
    );
  });
});

describe("the state of a consumer", () => {
  const log = { earliest: 11, head: 110, oldThrough: 30, logBytes: 1000, bytesMax: null };

  it("is ok up to the end, at risk where events are old, invalidated where they are gone", () => {
    assert.equal(consumerState(110, log), "ok");
    assert.equal(consumerState(30, log), "ok");
    assert.equal(consumerState(29, log), "at_risk");
    assert.equal(consumerState(10, log), "at_risk");
    assert.equal(consumerState(9, log), "invalidated");
    assert.deepEqual([lostEvents(9, 11), lostEvents(10, 11), lostEvents(50, 11)], [1, 0, 0]);
  });

  it("is at risk where what it has not read is most of the bytes that retention keeps", () => {
    const byBytes = (position: number, bytesMax: number) =>
      consumerState(position, { ...log, oldThrough: 0, bytesMax });
    assert.equal(byBytes(10, 1000), "at_risk");
    assert.equal(byBytes(30, 1000), "ok");
    assert.equal(byBytes(29, 1000), "at_risk");
    assert.equal(byBytes(10, 2000), "ok");
  });

  it("of one that has read everything is ok, however old that is", () => {
    assert.equal(consumerState(110, { ...log, earliest: 111, oldThrough: 110 }), "ok");
  });
});

it("names have letters, digits and a few signs, and begin with a letter or digit", () => {
  for (const name of ["a", "0", "billing-2_x.y:z", "a".repeat(64)]) assert.ok(isConsumerName(name), name);
  for (const name of ["", "-a", ".a", "a b", "a/b", "é", "a\n", "a".repeat(65)]) assert.ok(!isConsumerName(name), name);
});
