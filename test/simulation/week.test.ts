/**
 * A week of 24 endpoints, of which sixteen are down for minutes, hours or days, some of them together, and one for longer
 * than Trotline waits: all that they were owed comes to them, retries are spread over the time, and nobody who is back is
 * stormed. `aWeek` has checked before that nothing is lost.
 */
import assert from "node:assert/strict";
import { before, describe, it } from "node:test";
import { endpointDefaults } from "../../src/core/endpoint.ts";
import { recoveryRule } from "../../src/core/recovery-pace.ts";
import { defaultRetryPolicy, longestScheduleMs } from "../../src/core/retry-policy.ts";
import { aBusyHour, aWeek, type Outage, type Played, type Sent } from "./whole/week.ts";

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
const dayMs = 24 * hourMs;
/** The longest pause between probes, with what chance adds, and a little. */
const foundWellMs = 7 * minuteMs;

const seed = Number(process.env.TEST_WEEK_SEED ?? 1);

describe(`a week with outages (TEST_WEEK_SEED=${seed})`, () => {
  let week: Played;
  before(async () => {
    week = await aWeek(seed);
  });

  const each = function* (): Iterable<{ number: number; sent: readonly Sent[]; outage: Outage | undefined }> {
    for (const [number, [outage]] of week.outages) yield { number, sent: week.sent.get(number) ?? [], outage };
  };

  it("delivers every event to every endpoint, once", () => {
    for (const { number, sent } of each()) {
      const delivered = sent.filter(({ isDelivered }) => isDelivered).map(({ position }) => position);
      const owed = [...week.acceptedAtMs.keys()].filter((position) => week.isOwed(number, position));
      assert.ok(owed.length > 5_000);
      assert.deepEqual(
        delivered.sort((left, right) => left - right),
        owed,
        `endpoint ${number}`,
      );
    }
  });

  it("delivers at once where the endpoint is well, soon after an outage, and always within the schedule", () => {
    const { delaysMs } = defaultRetryPolicy;
    const scheduleMs = longestScheduleMs({ ...endpointDefaults, retry: defaultRetryPolicy });
    for (const { number, sent, outage } of each()) {
      let late = 0;
      for (const { isDelivered, position, atMs } of sent) {
        if (!isDelivered) continue;
        const acceptedAtMs = week.acceptedAtMs.get(position)!;
        const isOfOutage = outage !== undefined && acceptedAtMs < outage.untilMs && atMs >= outage.fromMs;
        const backAtMs = isOfOutage
          ? Math.max(acceptedAtMs, week.enabledAtMs.get(number) ?? outage.untilMs)
          : acceptedAtMs;
        const what = `event ${position} at endpoint ${number}, accepted at ${acceptedAtMs}, delivered at ${atMs}`;
        if (outage === undefined) assert.ok(atMs - acceptedAtMs < minuteMs, what);
        else if (atMs - backAtMs > foundWellMs + hourMs) late += 1;
        // What was parked when its endpoint was disabled goes on with its schedule.
        const nextMs =
          scheduleMs - longestScheduleMs({ ...endpointDefaults, retry: { delaysMs: delaysMs.slice(0, -1) } });
        assert.ok(atMs - acceptedAtMs <= scheduleMs || atMs - backAtMs <= nextMs, what);
      }
      // Those that failed before the breaker opened wait for their own time.
      assert.ok(late <= 20, `${late} events came late to endpoint ${number}`);
    }
  });

  it("disables the one that is down for five days, and sends it all of it when a person enables it", () => {
    const enabledAtMs = week.enabledAtMs.get(week.longest)!;
    const sent = week.sent.get(week.longest)!;
    const outage = week.outages.get(week.longest)![0]!;
    const quiet = sent.filter(({ atMs }) => atMs > outage.fromMs + 5.1 * dayMs && atMs < enabledAtMs);
    assert.equal(quiet.length, 0, "nothing was sent while it was disabled");
    assert.ok(sent.filter(({ atMs, isDelivered }) => isDelivered && atMs >= enabledAtMs).length > 4_000);
  });

  it("spreads attempts over an outage: no hundredth of it has two thirds of them, also where eight share it", () => {
    const shared = new Map<string, { outage: Outage; atMs: number[] }>();
    for (const { sent, outage } of each()) {
      if (outage === undefined || outage.untilMs - outage.fromMs < hourMs) continue;
      const again = sent.filter(({ trigger, atMs }) => trigger !== "first" && inside(outage, atMs));
      assertSpread(
        outage,
        again.map(({ atMs }) => atMs),
      );
      const same = shared.get(JSON.stringify(outage)) ?? { outage, atMs: [] };
      same.atMs.push(...again.map(({ atMs }) => atMs));
      shared.set(JSON.stringify(outage), same);
    }
    assert.ok([...shared.values()].some(({ atMs }) => atMs.length > 8 * 50));
    for (const { outage, atMs } of shared.values()) assertSpread(outage, atMs);
  });

  it("does not storm who is back: in the first minute a few, or no more than twice what is normal", () => {
    for (const { number, sent, outage } of each()) {
      if (outage === undefined) continue;
      const normal = normalPerMinute(sent, outage);
      const foundAtMs = sent.find(({ atMs, isDelivered }) => isDelivered && atMs >= outage.untilMs)!.atMs;
      const backAtMs = week.enabledAtMs.get(number) ?? foundAtMs;
      const first = sent.filter(({ atMs }) => atMs >= backAtMs && atMs < backAtMs + minuteMs).length;
      const most = Math.max(recoveryRule.eventsLeast, recoveryRule.factor * normal) + 1;
      assert.ok(first <= most, `${first} in the first minute at endpoint ${number}; ${normal} are normal`);
    }
  });
});

describe("endpoints that take several events a second, down for ten minutes", () => {
  it("are sent no more than twice what is normal in the first minute, and all of it in the end", async () => {
    const hour = await aBusyHour(seed);
    for (const [number, [outage]] of hour.outages) {
      const sent = hour.sent.get(number) ?? [];
      const normal = normalPerMinute(sent, outage!);
      assert.ok(normal > 2 * recoveryRule.eventsLeast, `${normal} a minute`);
      const backAtMs = sent.find(({ atMs, isDelivered }) => isDelivered && atMs >= outage!.untilMs)!.atMs;
      const first = sent.filter(({ atMs }) => atMs >= backAtMs && atMs < backAtMs + minuteMs).length;
      // The average moves by chance, and the attempt that found it well goes before.
      assert.ok(first <= 2.1 * normal, `${first} in the first minute at endpoint ${number}; ${normal} are normal`);
      assert.ok(first >= 1.5 * normal, `${first} in the first minute at endpoint ${number}: no slower than it may`);
    }
  });
});

const inside = ({ fromMs, untilMs }: Outage, atMs: number): boolean => atMs >= fromMs && atMs < untilMs;

/** Before the outage. */
function normalPerMinute(sent: readonly Sent[], { fromMs }: Outage): number {
  return sent.filter(({ atMs, isDelivered }) => isDelivered && atMs < fromMs).length / (fromMs / minuteMs);
}

function assertSpread({ fromMs, untilMs }: Outage, times: readonly number[]): void {
  const counts = new Array<number>(100).fill(0);
  for (const atMs of times) counts[Math.floor((100 * (atMs - fromMs)) / (untilMs - fromMs))]! += 1;
  const most = Math.max(...counts);
  assert.ok(times.length > 0);
  assert.ok(most < (2 / 3) * times.length, `${most} of ${times.length} attempts in a hundredth of the outage`);
}
