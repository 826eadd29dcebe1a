import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { eventTextRules } from "../core/event-text-rules.ts";
import { isTime } from "../outbound/read-events.ts";
import { outboxInsert, outboxInsertWith } from "./outbox.ts";
import type { NewEvent } from "./wire.ts";

const anEvent = (members: object = {}): NewEvent => ({ type: "order.paid", data: 1, ...members });
const takes = (members: object): boolean => {
  try {
    outboxInsert(anEvent(members));
    return true;
  } catch (error) {
    assert.ok(error instanceof TypeError);
    return false;
  }
};

describe("the statement of an event for the outbox", () => {
  it("has the values beside the text, and an id of its own where none is given", () => {
    const { text, values } = outboxInsert(anEvent({ data: { total: "'; drop table business; --" } }));
    assert.equal(
      text,
      "insert into trotline.outbox (id, tenant, type, subject, version, occurred_at, data) values " +
        "($1::text, $2::text, $3::text, $4::text, $5::text, $6::text::timestamptz, $7::text)",
    );
    assert.match(values[0] ?? "", /^evt_[0-9a-z]{26}$/);
    assert.deepEqual(values.slice(1), [
      "default",
      "order.paid",
      null,
      null,
      null,
      `{"total":"'; drop table business; --"}`,
    ]);
  });

  it("has the text of one after the other for several, with numbers that go on", () => {
    const { text, values } = outboxInsert([anEvent({ id: "a" }), anEvent({ id: "b", tenant: "t", data: null })]);
    assert.ok(
      text.endsWith(
        "$7::text), ($8::text, $9::text, $10::text, $11::text, $12::text, $13::text::timestamptz, $14::text)",
      ),
    );
    assert.deepEqual(values.slice(7), ["b", "t", "order.paid", null, null, null, "null"]);
    assert.throws(() => outboxInsert([]), TypeError);
    assert.throws(() => outboxInsert(Array.from({ length: 1001 }, () => anEvent())), TypeError);
  });

  it("is given to a tag as a template literal would be", () => {
    const tag = (strings: TemplateStringsArray, ...values: unknown[]) => ({ strings, values });
    const event = anEvent({ id: "evt_1", occurred_at: "2026-01-31T13:00:00+01:00" });
    const { strings, values } = outboxInsertWith(tag, event);
    assert.equal(strings.length, values.length + 1);
    assert.deepEqual([...strings], strings.raw);
    assert.ok(Object.isFrozen(strings));
    assert.deepEqual(values, outboxInsert(event).values);
    assert.equal(values[5], "2026-01-31T12:00:00.000Z");
  });

  it("says what is wrong with an event that would be refused later", () => {
    const sentences: [object, RegExp][] = [
      [{ type: undefined }, /^An event needs a `type`\.$/],
      [{ type: "a b" }, /^`type` is text of parts divided by full stops/],
      [{ data: undefined }, /^An event needs `data`/],
      [{ data: () => 1 }, /^An event needs `data`/],
      [{ occured_at: "2026-01-31T12:00:00Z" }, /^An event has no member `occured_at`\. It may have id, tenant/],
      [{ occurred_at: "yesterday" }, /^`occurred_at` is a time of RFC 3339/],
      [{ tenant: "_operations" }, /^`tenant` is 1 to 64 letters/],
      [{ id: 7 }, /^`id` is 1 to 128/],
    ];
    for (const [members, sentence] of sentences) {
      assert.throws(
        () => outboxInsert(anEvent(members)),
        (error) => error instanceof TypeError && sentence.test(error.message),
      );
    }
  });

  it("takes the texts that publishing takes, and no others", () => {
    const nearly = fc.oneof(
      fc.string({ unit: fc.constantFrom(..."aZ9_.:/- \n\u007f\ud800é"), maxLength: 6 }),
      fc.nat({ max: 300 }).map((length) => "x".repeat(length)),
      fc.nat({ max: 160 }).map((length) => "x.".repeat(length)),
    );
    fc.assert(
      fc.property(
        nearly,
        fc.constantFrom(...(Object.keys(eventTextRules) as (keyof typeof eventTextRules)[])),
        (text, name) => {
          const { isValid, rule } = eventTextRules[name];
          assert.equal(takes({ [name]: text }), isValid(text));
          if (isValid(text)) return;
          assert.throws(() => outboxInsert(anEvent({ [name]: text })), { message: `\`${name}\` is ${rule}.` });
        },
      ),
      { numRuns: 200 },
    );
  });

  it("takes the times that publishing takes, but for the year 0, which PostgreSQL does not have", () => {
    for (const time of [
      "2026-01-31T12:00:00Z",
      "2026-02-30T12:00:00Z",
      "2024-02-29t12:00:00.123456789z",
      "2026-01-31T12:00:00",
      "2026-01-31T24:00:00Z",
      "2026-01-31T12:00:00+23:59",
      "2026-13-01T00:00:00Z",
      "0001-01-01T00:00:00Z",
    ]) {
      assert.equal(takes({ occurred_at: time }), isTime(time), time);
    }
    for (const time of ["0000-01-01T00:00:00Z", "9999-12-31T23:59:59-23:59"])
      assert.equal(takes({ occurred_at: time }), false);
  });
});
