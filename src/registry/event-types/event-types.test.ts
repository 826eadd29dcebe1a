import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { TrotlineError } from "../../core/errors.ts";
import type { NewEvent } from "../../core/event.ts";
import type { EventType } from "../../core/event-type.ts";
import { limits } from "../../core/limits.ts";
import type { EventTypeInput } from "./event-type-check.ts";
import { EventTypes } from "./event-types.ts";

const aType = (members: Partial<EventTypeInput> = {}): EventTypeInput => ({
  name: "order.paid",
  description: "",
  group: null,
  archived: false,
  validate: "reject",
  versions: [{ version: "1", description: "", schema: { type: "object" }, transforms: {} }],
  ...members,
});

const anEvent = (data: unknown): NewEvent => ({
  id: "evt_1",
  tenant: "default",
  type: "order.paid",
  subject: null,
  occurredAtMs: 0,
  version: null,
  request: null,
  data: Buffer.from(JSON.stringify(data)),
});

const codeOf = (work: () => void): string | null => {
  try {
    work();
    return null;
  } catch (error) {
    assert.ok(error instanceof TrotlineError, String(error));
    return error.code;
  }
};

/** A catalogue whose store refuses where it is told to. */
async function aCatalogue(stored: readonly EventType[] = []) {
  const store = { refuses: false, puts: [] as string[] };
  const write = async (name: string): Promise<void> => {
    if (store.refuses) throw new TrotlineError("store-unavailable", "The store refuses.");
    store.puts.push(name);
  };
  const eventTypes = await EventTypes.load({
    store: { load: async () => stored, put: ({ name }) => write(name), remove: write },
    clock: { wallMs: () => 1, steadyMs: () => 1 },
    pinnedVersions: () => new Set(),
  });
  return { store, eventTypes };
}

describe("the catalogue", () => {
  it("is what it was where the store refuses a change", async () => {
    const { store, eventTypes } = await aCatalogue();
    await eventTypes.put(aType());
    const { revision } = eventTypes;
    store.refuses = true;
    await assert.rejects(eventTypes.put(aType({ validate: "none" })), { code: "store-unavailable" });
    await assert.rejects(eventTypes.put(aType({ name: "other" })), { code: "store-unavailable" });
    await assert.rejects(eventTypes.remove("order.paid"), { code: "store-unavailable" });
    assert.equal(eventTypes.revision, revision);
    assert.deepEqual(
      eventTypes.values().map(({ name, validate }) => [name, validate]),
      [["order.paid", "reject"]],
    );
    assert.equal(
      codeOf(() => eventTypes.check(anEvent(1))),
      "data-invalid",
    );
    store.refuses = false;
    await eventTypes.remove("order.paid");
    assert.equal(
      codeOf(() => eventTypes.check(anEvent(1))),
      null,
    );
  });

  it("holds no more in all than it may, and room that is given up can be taken again", async () => {
    const example = "x".repeat(limits.exampleLength - 2);
    const versions = Array.from({ length: limits.versionsPerEventType }, (_, index) => {
      return { version: String(index), description: "", example, transforms: {} };
    });
    const large = (name: string) => aType({ name, validate: "none", versions });
    const { eventTypes } = await aCatalogue();
    const fits = Math.floor(limits.catalogueLength / JSON.stringify(versions).length);
    assert.ok(fits > 10 && fits < limits.eventTypes);
    for (let index = 0; index < fits; index++) await eventTypes.put(large(`t${index}`));
    await assert.rejects(eventTypes.put(large("more")), { code: "event-type-limit" });
    await eventTypes.put(large("t3"));
    await eventTypes.put(aType({ name: "t4" }));
    await eventTypes.put(large("more"));
    await eventTypes.remove("more");
    await eventTypes.put(large("t4"));
    await assert.rejects(eventTypes.put(large("more")), { code: "event-type-limit" });
  });

  it("takes changes one after the other, in the order in which they were asked for", async () => {
    const { store, eventTypes } = await aCatalogue();
    const changes = [
      eventTypes.put(aType({ description: "first" })),
      eventTypes.put(aType({ name: "a" })),
      eventTypes.put(aType({ description: "second" })),
      eventTypes.remove("a"),
    ];
    await Promise.all(changes);
    assert.deepEqual(store.puts, ["order.paid", "a", "order.paid", "a"]);
    assert.deepEqual(
      eventTypes.values().map(({ description }) => description),
      ["second"],
    );
  });

  it("refuses what would be checked by a schema that was stored and cannot be used, and goes on with the rest", async () => {
    const stored = { ...aType(), createdAtMs: 0, updatedAtMs: 0 };
    const versions = [{ version: "1", description: "", schema: { pattern: "(?=a)" }, transforms: {} }];
    const { eventTypes } = await aCatalogue([{ ...stored, versions }]);
    assert.equal(
      codeOf(() => eventTypes.check(anEvent("a"))),
      "data-invalid",
    );
    assert.equal(
      codeOf(() => eventTypes.check({ ...anEvent("a"), type: "other" })),
      null,
    );
  });
});
