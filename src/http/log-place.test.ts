import assert from "node:assert/strict";
import { test } from "node:test";
import { decodeCursor, encodeCursor } from "../core/cursor.ts";
import { cursorAt } from "../core/epochs.ts";
import { TrotlineError } from "../core/errors.ts";
import type { EventLog } from "../log/event-log.ts";
import { openMemoryStore } from "../log/memory/store.ts";
import { positionOf } from "./log-place.ts";

const clock = { wallMs: () => 1_700_000_000_000, steadyMs: () => 1_700_000_000_000 };

/** A log of eight events, of which three have left. */
async function aTrimmedLog(): Promise<EventLog> {
  const { events } = openMemoryStore({ clock });
  const published = Array.from({ length: 8 }, (_, index) => ({
    id: `e${index + 1}`,
    tenant: "acme",
    type: "a",
    subject: null,
    version: null,
    request: null,
    occurredAtMs: 1,
    occurredAtWasGiven: true,
    data: new Uint8Array(10),
  }));
  await events.append({ events: published, atomic: true, idempotency: null });
  await events.trim({ olderThanMs: 0, bytesMax: 50, rowsMax: 100 });
  return events;
}

const refusal = (events: EventLog, place: string): Promise<TrotlineError> =>
  positionOf(place, { events, tenant: "acme" }).then(
    (position) => assert.fail(`${place} is ${position}`),
    (error) => (error instanceof TrotlineError ? error : assert.fail(String(error))),
  );

test("each way to name a place is the position after which reading begins", async () => {
  const events = await aTrimmedLog();
  const { epochs } = events.bounds();
  const places: [place: string, position: number][] = [
    ["latest", 8],
    ["earliest", 3],
    ["e5", 5],
    [cursorAt(epochs, 3), 3],
    [cursorAt(epochs, 8), 8],
    ["time:2020-01-01T00:00:00Z", 3],
    ["time:2040-01-01T00:00:00Z", 8],
  ];
  for (const [place, position] of places) assert.equal(await positionOf(place, { events, tenant: "acme" }), position);
});

test("what names no place is refused", async () => {
  const events = await aTrimmedLog();
  for (const place of ["", "e1", "nonsense", "time:soon", "Latest"]) {
    assert.equal((await refusal(events, place)).code, "cursor-invalid", place);
  }
  await assert.rejects(positionOf("e5", { events, tenant: "default" }));
});

test("a cursor older than what is stored is told how many events it lost, and where to go on", async () => {
  const events = await aTrimmedLog();
  const { epochs } = events.bounds();
  const { code, extras } = await refusal(events, cursorAt(epochs, 1));
  assert.deepEqual([code, extras], ["cursor-expired", { resume: cursorAt(epochs, 3), lost: 2 }]);
});

test("a cursor of another line of the log is told a place from which it can read on", async () => {
  const events = await aTrimmedLog();
  const { epochs } = events.bounds();
  const own = decodeCursor(cursorAt(epochs, 8))?.epoch ?? "";
  for (const [epoch, position] of [
    ["000000010000", 2],
    ["ffffffff0000", 5],
    [own, 9],
  ] as const) {
    const { code, extras } = await refusal(events, encodeCursor({ epoch, position }));
    assert.equal(code, "cursor-forked");
    const resume = await positionOf(extras.resume ?? "", { events, tenant: "acme" });
    assert.equal(resume, epoch === own ? 8 : 3);
  }
});

test("a cursor beyond what is known here is looked for where others store events, and then refused", async () => {
  const events = await aTrimmedLog();
  const { epochs, earliest, head } = events.bounds();
  let known = 5;
  const behind: EventLog = Object.assign(Object.create(events), {
    bounds: () => ({ epochs, earliest, head: known }),
    catchUp: async () => {
      known = head;
    },
  });
  assert.equal(await positionOf(cursorAt(epochs, 8), { events: behind, tenant: "acme" }), 8);
  assert.equal((await refusal(behind, cursorAt(epochs, 9))).code, "cursor-forked");
});
