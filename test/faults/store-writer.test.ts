import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { PublishedEvent } from "../../src/log/event-log.ts";
import type { WriterFaultRule } from "../../src/log/sqlite/writer-fault.ts";
import type { Store } from "../../src/log/store.ts";
import { eventually } from "../../src/testing/eventually.ts";
import {
  aBatch,
  aConsumer,
  anAttempt,
  anEndpoint,
  anEvent,
  append,
  appendMany,
  aReplay,
  aRow,
  aStart,
  aTrim,
  firstLease,
  loadAll,
  park,
  withCode,
} from "../conformance/builders.ts";
import { inFolder, withSqlite } from "../conformance/store-kinds.ts";

const withFault = (fault: WriterFaultRule, work: (store: Store, folder: string) => Promise<void>): Promise<void> =>
  inFolder((folder) => withSqlite(folder, { fault }, (store) => work(store, folder)));

/** What one round of writes was told: true where it was accepted. */
interface Told {
  readonly ids: Map<string, boolean>;
  /** For each journal batch, told apart by the position of its attempt. */
  readonly batches: Map<number, boolean>;
  endpoints: number;
  /** The last position of a consumer, and of a replay. */
  readonly documents: { consumer: number; replay: number };
  /** How often a second group came while the first was not answered. */
  pairs: number;
}

const accepted = (work: Promise<unknown>): Promise<boolean> =>
  work.then(
    () => true,
    (error) => {
      assert.ok(withCode("store-unavailable")(error), String(error));
      return false;
    },
  );

/** One turn of the event loop: what was given before it has gone to the writer's thread. */
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** Two groups that the thread has at once, twice: the second is at its door while it commits the first. */
async function writePairs(store: Store): Promise<Told> {
  const told: Told = {
    ids: new Map(),
    batches: new Map(),
    endpoints: 0,
    documents: { consumer: 0, replay: 0 },
    pairs: 0,
  };
  const note = (event: PublishedEvent): Promise<unknown> =>
    accepted(append(store, event)).then((isAccepted) => told.ids.set(event.id, isAccepted));
  for (const position of [101, 102]) {
    const change = { do: "park", row: aRow({ position }) } as const;
    const attempts = [anAttempt({ endpointNumber: 9, position })];
    const announce = [anEvent({ id: `news-of-${position}` })];
    const batch = aBatch({ attempts, changes: [{ endpointNumber: 9, change }], announce });
    const journalled = () =>
      accepted(store.journal.commit(batch)).then((isAccepted) => told.batches.set(position, isAccepted));
    const { commits } = store.counters();
    // The batch is once in the first group and once in the second.
    const first = position === 101 ? [note(anEvent()), journalled()] : [note(anEvent())];
    await turn();
    const second = [...Array.from({ length: 8 }, () => note(anEvent())), ...(position === 101 ? [] : [journalled()])];
    await turn();
    if (store.counters().commits === commits && store.trouble() === null) told.pairs += 1;
    await Promise.all([...first, ...second]);
  }
  return told;
}

/** Writes of every kind, some together and some one after the other. */
async function writeRounds(store: Store): Promise<Told> {
  const told: Told = {
    ids: new Map(),
    batches: new Map(),
    endpoints: 0,
    documents: { consumer: 0, replay: 0 },
    pairs: 0,
  };
  for (let round = 1; round <= 2; round++) {
    const events = [anEvent(), anEvent(), anEvent()];
    const position = 100 + round;
    const change = { do: "park", row: aRow({ position }) } as const;
    const batch = aBatch({
      attempts: [anAttempt({ endpointNumber: 9, position })],
      changes: [{ endpointNumber: 9, change }],
      announce: [anEvent({ id: `news-of-${position}` })],
    });
    await Promise.all([
      ...events.map(async (event) => told.ids.set(event.id, await accepted(append(store, event)))),
      accepted(store.journal.commit(batch)).then((isAccepted) => told.batches.set(position, isAccepted)),
      accepted(store.registry.createEndpoint(anEndpoint(), aStart)).then((isAccepted) => {
        if (isAccepted) told.endpoints += 1;
      }),
      accepted(store.consumers.put(aConsumer({ position }))).then((isAccepted) => {
        if (isAccepted) told.documents.consumer = position;
      }),
      accepted(store.replays.put(aReplay({ position }), firstLease)).then((isAccepted) => {
        if (isAccepted) told.documents.replay = position;
      }),
      accepted(store.events.trim(aTrim())),
    ]);
  }
  return told;
}

async function assertHeld(store: Store, told: Told, isExact: boolean): Promise<void> {
  for (const [id, isAccepted] of told.ids) {
    const isStored = (await store.events.find("default", id)) !== null;
    if (isExact || isAccepted) assert.equal(isStored, isAccepted, id);
  }
  for (const [position, isAccepted] of told.batches) {
    // Exact even where the writer's thread died: a batch is committed again when it was refused.
    const { attempts, parked } = await store.journal.delivery(9, position);
    assert.deepEqual([attempts, parked !== null], isAccepted ? [1, true] : [0, false], `batch ${position}`);
    const news = await store.events.find("default", `news-of-${position}`);
    assert.equal(news !== null, isAccepted, `what batch ${position} announces`);
  }
  const { endpoints } = await store.registry.load();
  if (isExact) assert.equal(endpoints.length, told.endpoints);
  else assert.ok(endpoints.length >= told.endpoints);
  const [consumer] = await store.consumers.load();
  const [replay] = await store.replays.load();
  const documents = { consumer: consumer?.position ?? 0, replay: replay?.position ?? 0 };
  if (isExact) assert.deepEqual(documents, told.documents);
  else assert.ok(documents.consumer >= told.documents.consumer && documents.replay >= told.documents.replay);
  const { head } = store.events.bounds();
  const page = await store.events.read({ after: 0, limit: 1000, bytesMax: 1e9 });
  assert.deepEqual(
    page.events.map((event) => event.position),
    Array.from({ length: head }, (_, index) => index + 1),
  );
}

/** Tells the story with each call of the writer failing in turn, until it ends before one does. */
async function failEachCall(how: WriterFaultRule["how"], tell: (store: Store) => Promise<Told>): Promise<Told[]> {
  const all: Told[] = [];
  for (let call = 1; ; call++) {
    let refusedAny = false;
    await withFault({ call, how }, async (store, folder) => {
      const announced: number[] = [];
      store.events.onAppended((events) => announced.push(...events.map((event) => event.position)));
      const told = await tell(store);
      all.push(told);
      refusedAny = [...told.ids.values(), ...told.batches.values()].includes(false);
      await eventually("the store takes writes again", () => store.trouble() === null);
      if (!(await accepted(append(store, anEvent())))) {
        refusedAny = true;
        await append(store, anEvent());
      }
      const { head } = store.events.bounds();
      assert.deepEqual(
        announced,
        Array.from({ length: head }, (_, index) => index + 1),
        `call ${call}`,
      );
      await assertHeld(store, told, how === "fail");
      await store.close();
      await withSqlite(folder, {}, (reopened) => assertHeld(reopened, told, how === "fail"));
    });
    if (call > 8 && !refusedAny) return all;
    assert.ok(call < 60, "the faults never ended");
  }
}

for (const how of ["fail", "exit"] as const) {
  describe(`the writer's n-th call: ${how}`, () => {
    test("whatever n is, nothing accepted is lost, nobody waits for ever, and the store goes on", {
      timeout: 120_000,
    }, async () => {
      await failEachCall(how, writeRounds);
    });

    test("and so it is while the writer has a second group at its door", { timeout: 120_000 }, async () => {
      const all = await failEachCall(how, writePairs);
      assert.ok(
        all.some(({ pairs }) => pairs > 0),
        "no second group ever came before the first was answered",
      );
    });
  });
}

test("trouble is told while writes are refused, and ends without anybody writing", () =>
  withFault({ call: 1, how: "fail" }, async (store) => {
    await assert.rejects(append(store, anEvent()), withCode("store-unavailable"));
    assert.match(String(store.trouble()?.message), /disk I\/O error/);
    await eventually("the store takes writes again", () => store.trouble() === null);
    assert.equal(store.events.bounds().head, 0);
  }));

test("events that a dying writer stored without an answer are announced, and their append is refused", () =>
  // Its calls are begin, events and commit; the fourth is after the commit.
  withFault({ call: 4, how: "exit" }, async (store) => {
    const announced: string[] = [];
    store.events.onAppended((events) => announced.push(...events.map((event) => event.id)));
    const event = anEvent();
    await assert.rejects(append(store, event), withCode("store-unavailable"));
    assert.deepEqual(announced, [event.id]);
    assert.deepEqual(await append(store, event), [1]);
    assert.deepEqual(await append(store, anEvent()), [2]);
  }));

test("a journal batch that a dying writer stored is accepted when another has looked", () =>
  withFault({ call: 4, how: "exit" }, async (store) => {
    await store.journal.commit(aBatch({ dispatchedTo: 5, attempts: [anAttempt()] }));
    assert.equal((await loadAll(store)).dispatchedTo, 5);
    assert.equal((await store.journal.attempts({ limit: 5 })).length, 1);
  }));

test("a deletion that was rolled back leaves the endpoint alive for its journal", () =>
  // Each group calls begin, changes and commit: the sixth call is the commit of the deletion.
  withFault({ call: 6, how: "fail" }, async (store) => {
    const { number } = await store.registry.createEndpoint(anEndpoint(), aStart);
    await assert.rejects(store.registry.deleteEndpoint(number), withCode("store-unavailable"));
    await park(store, number, aRow());
    assert.deepEqual([...(await loadAll(store)).parkedTotals], [[number, 1]]);
  }));

test("close answers everybody while the writer is dead", () =>
  withFault({ call: 1, how: "exit" }, async (store) => {
    const appended = append(store, anEvent());
    const refused = assert.rejects(
      appended,
      (error) => withCode("store-unavailable")(error) || withCode("shutting-down")(error),
    );
    await store.close();
    await refused;
  }));

test("a queue beyond its events is overloaded at once, while lanes still journal, and recovers", () =>
  inFolder((folder) =>
    withSqlite(folder, { queueEventsMax: 20 }, async (store) => {
      const outcomes = Array.from({ length: 50 }, () =>
        append(store, anEvent()).then(
          () => "stored",
          (error) => error.code as string,
        ),
      );
      assert.equal(store.counters().queued, 20);
      const journalled = store.journal.commit(aBatch({ dispatchedTo: 1 }));
      const counts = Object.groupBy(await Promise.all(outcomes), (outcome) => outcome);
      assert.deepEqual([counts.stored?.length, counts.overloaded?.length], [20, 30]);
      await journalled;
      assert.equal((await appendMany(store, 20)).length, 20);
    }),
  ));

test("a queue beyond its bytes is overloaded", () =>
  inFolder((folder) =>
    withSqlite(folder, { queueBytesMax: 1000 }, async (store) => {
      const large = append(store, anEvent({ data: "x".repeat(900) }));
      await assert.rejects(append(store, anEvent({ data: "x".repeat(200) })), withCode("overloaded"));
      await large;
      await append(store, anEvent({ data: "x".repeat(200) }));
    }),
  ));
