/**
 * Watches one lane of one process: keeps a book of its own on what is in flight, what was delivered, which rows there
 * are and how often it failed in a row, and throws where the lane does what it must not.
 */
import assert from "node:assert/strict";
import { breakerRule, isOpen } from "../../src/core/breaker.ts";
import { isDueState, nextDeliveryState } from "../../src/core/delivery.ts";
import type { Flight, Lane, ParkedChange } from "../../src/core/lane.ts";
import type { Settlement } from "../../src/core/lane-settle.ts";
import { limits } from "../../src/core/limits.ts";
import { windowLimit } from "../../src/core/window.ts";
import { OrderWatch } from "./order-watch.ts";
import { applyChange, isUnsettled, type Rows } from "./simulated-store.ts";
import type { SimulatedEndpoint, World } from "./world.ts";

/** The largest that parts of a lane ever were, to show that they are bounded. */
export interface Peaks {
  pageRows: number;
  unsent: number;
  flights: number;
  changedWhileLoading: number;
  pending: number;
  heldRows: number;
}

export const noPeaks = (): Peaks => ({
  pageRows: 0,
  unsent: 0,
  flights: 0,
  changedWhileLoading: 0,
  pending: 0,
  heldRows: 0,
});

export class Watch {
  readonly #lane: Lane;
  readonly #endpoint: SimulatedEndpoint;
  readonly #world: World;
  readonly order: OrderWatch;
  readonly #flights = new Set<number>();
  readonly #byHand = new Set<number>();
  readonly #delivered: Set<number>;
  readonly #rows: Rows;
  #failures = 0;
  #failingSinceMs: number | null = null;
  #pauseBeganMs = Number.NEGATIVE_INFINITY;
  #earliest = 0;
  #isHalted = false;

  constructor(lane: Lane, endpoint: SimulatedEndpoint, world: World) {
    const stored = world.store.lane(endpoint.number);
    this.#lane = lane;
    this.#endpoint = endpoint;
    this.#world = world;
    this.order = new OrderWatch(lane, endpoint, world);
    this.#delivered = new Set(stored.delivered);
    this.#rows = new Map(stored.rows);
    this.#failures = stored.record.health?.consecutiveFailures ?? 0;
    this.#failingSinceMs = stored.record.health?.failingSinceMs ?? null;
  }

  /** An automatic attempt begins. */
  sent(position: number, flight: Flight): void {
    const { nowMs } = this.#world.time;
    const { breaker, window, pausedUntilMs } = this.#lane;
    const { settings } = this.#endpoint;
    const what = `${flight.trigger} of ${position} at ${nowMs}`;
    assert.ok(this.#endpoint.takes(position), `${what}: the filter leaves it out`);
    assert.equal(settings.status, "enabled", `${what}: the endpoint is ${settings.status}`);
    assert.ok(!this.#isHalted, `${what}: the endpoint is to be disabled`);
    assert.ok(nowMs >= pausedUntilMs, `${what}: the receiver asked for a pause`);
    assert.ok(!this.#flights.has(position), `${what}: it is in flight already`);
    if (this.#byHand.has(position)) this.mayBeSentAgain(position);
    const mayBeSentAgain = this.#world.maySendAgain(this.#endpoint.number, position);
    assert.ok(mayBeSentAgain || !this.#delivered.has(position), `${what}: it was delivered already`);
    this.#flights.add(position);
    this.order.sent(position, what, flight.from === "exhausted");
    if (isOpen(breaker) || this.#failures >= breakerRule.failuresToOpen) {
      assert.equal(flight.trigger, "probe", `${what}: the breaker is open`);
      assert.equal(this.#flights.size, 1, `${what}: more than one probe`);
      assert.ok(nowMs >= (breaker.probeAtMs ?? 0), `${what}: before the probe is due`);
      assert.ok(nowMs - this.#pauseBeganMs >= 0.8 * breakerRule.firstPauseMs - 1, `${what}: no pause before the probe`);
    } else {
      assert.ok(this.#flights.size <= windowLimit(window, settings.maxInFlight), `${what}: beyond the window`);
    }
    if (flight.trigger !== "retry") return;
    const row = this.#rows.get(position);
    assert.ok(row !== undefined && isUnsettled(row), `${what}: nothing is parked`);
    assert.ok(row.dueAtMs <= nowMs, `${what}: not due before ${row.dueAtMs}`);
  }

  /** An automatic attempt ended. Answers since when the endpoint had failed, where this success ended an outage. */
  ended(position: number, settlement: Settlement): number | null {
    this.#flights.delete(position);
    this.order.ended(position, settlement.state);
    return settlement.state === "delivered" ? this.#succeeded(position) : this.#failed(settlement);
  }

  #failed(settlement: Settlement): null {
    if (settlement.disable !== null) this.#isHalted = true;
    this.#failures += 1;
    this.#failingSinceMs ??= this.#world.time.nowMs;
    if (this.#failures === breakerRule.failuresToOpen || settlement.flight.trigger === "probe") {
      this.#pauseBeganMs = this.#world.time.nowMs;
    }
    return null;
  }

  sentByHand(position: number, flight: Flight): void {
    assert.ok(!this.#flights.has(position), `manual of ${position}: it is in flight already`);
    this.#byHand.add(position);
    if (flight.trigger !== "manual") this.order.sent(position, `replay of ${position}`, flight.from === "exhausted");
    if (flight.from === "pending") this.mayBeSentAgain(position);
  }

  endedByHand(position: number, isSuccess: boolean): number | null {
    this.#byHand.delete(position);
    this.order.forced(position, isSuccess);
    if (this.#flights.has(position)) this.mayBeSentAgain(position);
    return isSuccess ? this.#succeeded(position) : null;
  }

  endedForReplay(position: number, settlement: Settlement, isSuccess: boolean): number | null {
    this.order.ended(position, settlement.state);
    const sinceMs = this.endedByHand(position, isSuccess);
    return isSuccess ? sinceMs : this.#failed(settlement);
  }

  enabled(): void {
    this.#isHalted = false;
    this.#forgetFailures();
  }

  trimmed(earliest: number): void {
    this.#earliest = earliest;
    this.order.trimmed(earliest);
  }

  /** A person moved the cursor back over it, or asked for it while it was on its way, or a replay came to it. */
  mayBeSentAgain(position: number): void {
    this.#world.allowAgain(this.#endpoint.number, position);
  }

  rowsChanged(change: ParkedChange): void {
    if (change.do === "park" && change.row.state === "exhausted") nextDeliveryState("sending", "failedLast");
    const blocked = [...this.#rows.values()].filter((row) => row.state === "blocked").map((row) => row.position);
    // What was blocked kept its place, and is owed as before; what was exhausted has lost it, and nothing waits for it.
    const revived = applyChange(this.#rows, change).filter((position) => !blocked.includes(position));
    for (const position of revived) this.order.lostItsPlace(position);
    if (change.do === "releaseAll" || change.do === "unblockAll") for (const at of blocked) this.order.skipped(at);
  }

  rests(untilMs: number): void {
    assert.ok(untilMs > this.#world.time.nowMs, "it rests until a moment that has passed");
  }

  /** Checked between any two happenings. */
  happened(): void {
    const { parked, flights, manuals, unsent, breaker } = this.#lane;
    const { peaks } = this.#world;
    peaks.pageRows = Math.max(peaks.pageRows, parked.rows.length);
    peaks.unsent = Math.max(peaks.unsent, unsent.length);
    peaks.flights = Math.max(peaks.flights, flights.size);
    peaks.changedWhileLoading = Math.max(peaks.changedWhileLoading, parked.loading?.changed.size ?? 0);
    assert.ok(parked.rows.length <= limits.parkedInMemory, "more rows in memory than its limit");
    this.order.happened();
    assert.deepEqual(new Set(flights.keys()), this.#flights, "its flights are not those that were sent");
    const retries = [...flights.values()].filter((flight) => flight.room === "retry").length;
    assert.equal(this.#lane.retriesInFlight, retries, "its count of retries in flight is wrong");
    const held = new Set<number>();
    let dueBefore = Number.NEGATIVE_INFINITY;
    for (const row of parked.rows) {
      assert.ok(row.dueAtMs >= dueBefore, "the page is not in order of due time");
      dueBefore = row.dueAtMs;
      assert.ok(!held.has(row.position), `${row.position} is in the page twice`);
      assert.ok(!flights.has(row.position), `${row.position} is waiting and in flight`);
      assert.ok(row.state !== "exhausted" || isOpen(breaker), `${row.position} is exhausted and waits`);
      held.add(row.position);
    }
    if (parked.loading !== null) return;
    for (const row of this.#rows.values()) {
      const { position } = row;
      if (!isDueState(row.state) || row.dueAtMs >= parked.horizonMs || position < this.#earliest) continue;
      if (held.has(position) || flights.has(position) || manuals.get(position)?.hasRow) continue;
      assert.fail(`the row of ${position} is due at ${row.dueAtMs}, before the horizon, and is forgotten`);
    }
  }

  #succeeded(position: number): number | null {
    const wasOutage = this.#failures >= breakerRule.failuresToOpen;
    const sinceMs = this.#failingSinceMs;
    this.#delivered.add(position);
    this.#forgetFailures();
    return wasOutage ? sinceMs : null;
  }

  #forgetFailures(): void {
    this.#failures = 0;
    this.#failingSinceMs = null;
    this.#pauseBeganMs = Number.NEGATIVE_INFINITY;
  }
}
