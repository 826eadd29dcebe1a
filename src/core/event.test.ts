import assert from "node:assert/strict";
import { test } from "node:test";
import type { NewEvent } from "./event.ts";
import {
  isEventId,
  isEventType,
  isSubject,
  isTenant,
  isVersion,
  operationsTenant,
  sameBytes,
  sameContent,
} from "./event.ts";
import { limits } from "./limits.ts";

interface Rule {
  readonly is: (text: string) => boolean;
  readonly good: readonly string[];
  readonly bad: readonly string[];
  readonly lengthMax: number;
}

const rules: Record<string, Rule> = {
  "event id": {
    is: isEventId,
    good: ["evt_01jd3v", "a", "A:b-c_9"],
    bad: ["", "a.b", "a b", "a/b", "é", "a\n", "\0"],
    lengthMax: limits.eventIdLength,
  },
  tenant: {
    is: isTenant,
    good: ["default", "acme", "9", "a_b.c:d-e"],
    bad: ["", "_x", operationsTenant, ".a", "-a", "a b", "ä", "a\n"],
    lengthMax: limits.tenantLength,
  },
  "event type": {
    is: isEventType,
    good: ["order.paid", "order", "a/b:c_d-e.f", "9.9"],
    bad: ["", ".", "order.", ".paid", "a..b", "a b", "order.*", "ä.b", "a.b\n"],
    lengthMax: limits.eventTypeLength,
  },
  subject: {
    is: isSubject,
    good: ["order 7/ä 😀", ".", " "],
    bad: ["", "a\nb", "\t", "\u007f", "a\0", "\ud800", "a\udc00b"],
    lengthMax: limits.subjectLength,
  },
  version: {
    is: isVersion,
    good: ["1", "2024-01-01", "v1 beta"],
    bad: ["", "1\n", "\ud83d"],
    lengthMax: limits.versionLength,
  },
};

for (const [name, { is, good, bad, lengthMax }] of Object.entries(rules)) {
  test(`the rule for a ${name} takes what it should, refuses the rest, and has a length`, () => {
    for (const text of good) assert.ok(is(text), `refused ${JSON.stringify(text)}`);
    for (const text of bad) assert.ok(!is(text), `took ${JSON.stringify(text)}`);
    assert.ok(is("a".repeat(lengthMax)));
    assert.ok(!is("a".repeat(lengthMax + 1)));
  });
}

const anEvent = (changes: Partial<NewEvent> = {}): NewEvent => ({
  id: "evt_1",
  tenant: "default",
  type: "order.paid",
  subject: null,
  occurredAtMs: 1_000,
  version: null,
  request: null,
  data: Buffer.from('{"a":1}'),
  ...changes,
});

test("an event published twice is the same where all that its publisher said is the same", () => {
  assert.ok(sameContent(anEvent(), anEvent(), true));
  const others = [
    { type: "order.sent" },
    { subject: "7" },
    { version: "2" },
    { data: Buffer.from('{"a":2}') },
    { data: Buffer.from('{"a": 1}') },
  ];
  for (const other of others) assert.ok(!sameContent(anEvent(), anEvent(other), true), JSON.stringify(other));
});

test("the time of an event counts only where its publisher gave one", () => {
  assert.ok(!sameContent(anEvent(), anEvent({ occurredAtMs: 2_000 }), true));
  assert.ok(sameContent(anEvent(), anEvent({ occurredAtMs: 2_000 }), false));
});

test("bytes are the same where length and every byte are", () => {
  assert.ok(sameBytes(Uint8Array.of(), Uint8Array.of()));
  assert.ok(sameBytes(Uint8Array.of(1, 2), Uint8Array.of(1, 2)));
  assert.ok(!sameBytes(Uint8Array.of(1, 2), Uint8Array.of(1, 3)));
  assert.ok(!sameBytes(Uint8Array.of(1, 2), Uint8Array.of(1)));
});
