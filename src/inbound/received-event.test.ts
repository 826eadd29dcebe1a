import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { isEventId, isEventType } from "../core/event.ts";
import type { KeptRequest } from "../core/received-request.ts";
import type { Source } from "../core/source.ts";
import { receivedEvent, receivedEventId, receivedType } from "./received-event.ts";

const id = (deduplication: "delivery_id" | "body" | "none", facts: object = {}): string | null =>
  receivedEventId(
    { id: "src_1", deduplication },
    { deliveryId: "d1", body: Buffer.from("b"), target: "/in/a", ...facts },
  );

describe("the id of a received event", () => {
  it("is the same for the same delivery, whatever its body, and another for another delivery or source", () => {
    const first = id("delivery_id");
    assert.match(first ?? "", /^evt_[0-9a-hjkmnp-tv-z]{26}$/);
    assert.ok(isEventId(first ?? ""));
    assert.equal(id("delivery_id", { body: Buffer.from("other") }), first);
    assert.notEqual(id("delivery_id", { deliveryId: "d2" }), first);
    const request = { deliveryId: "d1", body: Buffer.from("b"), target: "/in/a" };
    assert.notEqual(receivedEventId({ id: "src_2", deduplication: "delivery_id" }, request), first);
  });

  it("follows from the body where that is what tells copies, and from the query where there is none", () => {
    assert.equal(id("body", { deliveryId: "d2" }), id("body"));
    assert.notEqual(id("body", { body: Buffer.from("c") }), id("body"));
    const query = (target: string) => id("body", { body: Buffer.alloc(0), target });
    assert.equal(query("/in/a?x=1"), query("/in/a?x=1"));
    assert.notEqual(query("/in/a?x=1"), query("/in/a?x=2"));
  });

  it("is nothing that could be told again where nothing tells copies", () => {
    assert.equal(id("none"), null);
    assert.equal(id("delivery_id", { deliveryId: null }), null);
  });
});

it("a received event occurred when its provider says, unless that is no time or more than a day ahead", () => {
  const receivedAtMs = 1_700_000_000_000;
  const dayMs = 86_400_000;
  const request = { deliveryId: "d1", body: Buffer.from("b"), target: "/in/a", receivedAtMs } as unknown as KeptRequest;
  const source = { id: "src_1", name: "gh", deduplication: "delivery_id" } as Source;
  for (const [occurredAtMs, expected] of [
    [null, receivedAtMs],
    [0, 0],
    [1234.5, 1234],
    [receivedAtMs + dayMs, receivedAtMs + dayMs],
    [receivedAtMs + dayMs + 1, receivedAtMs],
    [-1, receivedAtMs],
    [Number.NaN, receivedAtMs],
  ] as const) {
    const event = receivedEvent(source, { request, data: request.body, occurredAtMs }, {} as never);
    assert.equal(event.occurredAtMs, expected, String(occurredAtMs));
  }
});

describe("the type of a received event", () => {
  const cases: [string | null, string][] = [
    ["pull_request", "gh.pull_request"],
    ["invoice.paid", "gh.invoice.paid"],
    ["orders/create", "gh.orders/create"],
    ["Push Hook", "gh.Push_Hook"],
    [null, "gh.received"],
    ["", "gh.received"],
    [".", "gh._"],
    ["..a..b..", ""],
    ["caffè\n\u0000", "gh.caff___"],
    ["x".repeat(200), ""],
    [`${"x".repeat(123)}.yy`, ""],
  ];
  for (const [providerType, type] of cases) {
    it(`is one for ${JSON.stringify(providerType)?.slice(0, 30)}`, () => {
      const made = receivedType("gh", providerType);
      assert.ok(isEventType(made), made);
      if (type !== "") assert.equal(made, type);
    });
  }
});
