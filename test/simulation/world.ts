/**
 * One scenario's world: time, the store, receivers, and the process that runs now. It plays what people and fate do.
 */
import assert from "node:assert/strict";
import type { ParkedDelivery } from "../../src/core/delivery.ts";
import type { OrderSettings } from "../../src/core/endpoint-order.ts";
import type { LaneSettings } from "../../src/core/lane.ts";
import { jitterRatio } from "../../src/core/retry-policy.ts";
import { moodAt, type Receiver } from "./scripted-receiver.ts";
import { SimulatedProcess } from "./simulated-process.ts";
import { isUnsettled, SimulatedStore } from "./simulated-store.ts";
import { seededFraction, VirtualTime } from "./virtual-time.ts";
import { noPeaks } from "./watch.ts";

export interface SimulatedEndpoint {
  readonly number: number;
  readonly takes: (position: number) => boolean;
  /** By which its deliveries are ordered, where they are; null where an event has none. */
  readonly subjectOf?: (position: number) => string | null;
  /** Durable: a change outlives a crash. */
  readonly settings: { -readonly [Key in keyof LaneSettings]: LaneSettings[Key] };
  readonly receiver: Receiver;
}

export type Step =
  | { readonly do: "append"; readonly count: number }
  | { readonly do: "crash"; readonly downMs: number }
  | { readonly do: "crash-before-offer"; readonly count: number }
  | { readonly do: "pause"; readonly endpoint: number }
  | { readonly do: "resume"; readonly endpoint: number; readonly from: "cursor" | "latest" }
  /** `at` is a share of the log, from its first event (0) to its last (1). */
  | { readonly do: "retry"; readonly endpoint: number; readonly at: number }
  | { readonly do: "seek"; readonly endpoint: number; readonly at: number }
  /** A replay comes to so many deliveries. */
  | { readonly do: "replay"; readonly endpoint: number; readonly at: number; readonly count: number }
  | { readonly do: "trim"; readonly at: number }
  | { readonly do: "reorder"; readonly endpoint: number; readonly order: OrderSettings }
  /** A person gives up what is parked there, or at the next place where something is. */
  | { readonly do: "skip"; readonly endpoint: number; readonly at: number };

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;
/** When every scenario begins. */
export const scenarioStartMs = 1_800_000_000_000;
const eventsAtTheEnd = 12;
const roundsAtTheEnd = 6;
const commitsBetweenAudits = 8;

export interface WorldOptions {
  readonly seed: number;
  /** 1: after every commit. More is faster. */
  readonly commitsBetweenAudits?: number;
}

export class World {
  readonly time = new VirtualTime(scenarioStartMs);
  readonly store = new SimulatedStore();
  readonly endpoints: readonly SimulatedEndpoint[];
  readonly fraction: () => number;
  readonly peaks = noPeaks();
  sends = 0;
  /** Deliveries that a receiver took once more than it had to. */
  duplicates = 0;
  seeks = 0;
  /** Attempts of replays. */
  replayed = 0;
  /** Attempts that something of the same key might have stood before. */
  ordered = 0;
  /** What the crashes of this scenario may have made Trotline send again. */
  atRisk = 0;
  process: SimulatedProcess | null;
  readonly #commitsBetweenAudits: number;
  readonly #taken = new Set<string>();
  readonly #sentAgain = new Map<number, Set<number>>();

  constructor(endpoints: readonly SimulatedEndpoint[], options: WorldOptions) {
    this.endpoints = endpoints;
    this.fraction = seededFraction(options.seed);
    this.#commitsBetweenAudits = options.commitsBetweenAudits ?? commitsBetweenAudits;
    for (const { number } of endpoints) this.store.createLane(number);
    this.process = new SimulatedProcess(this);
  }

  take(step: Step): void {
    switch (step.do) {
      case "append":
        this.append(step.count);
        break;
      case "crash":
        this.crash(step.downMs);
        break;
      case "crash-before-offer":
        this.store.head += step.count;
        this.crash(0);
        break;
      case "pause":
        this.#endpoint(step.endpoint).settings.status = "paused";
        break;
      case "resume":
        this.process?.resume(this.#endpoint(step.endpoint).number, step.from);
        break;
      case "retry":
        this.#retry(this.#endpoint(step.endpoint), step.at);
        break;
      case "seek":
        this.process?.seek(this.#endpoint(step.endpoint).number, this.#positionAt(step.at) - 1);
        break;
      case "replay":
        this.#replay(this.#endpoint(step.endpoint), step);
        break;
      case "trim":
        this.trim(this.#positionAt(step.at));
        break;
      case "reorder":
        Object.assign(this.#endpoint(step.endpoint).settings, step.order);
        this.process?.reorder(this.#endpoint(step.endpoint).number);
        break;
      case "skip":
        this.#skip(this.#endpoint(step.endpoint), step.at);
        break;
    }
  }

  append(count: number): void {
    this.store.head += count;
    this.process?.appended();
  }

  crash(downMs: number): void {
    this.atRisk += this.process?.crash() ?? 0;
    this.process = null;
    this.audit();
    this.time.plan(this.time.nowMs + downMs, () => this.start());
  }

  start(): void {
    this.process ??= new SimulatedProcess(this);
  }

  trim(earliest: number): void {
    const concerned = this.store.trim(earliest);
    this.process?.trimmed(this.store.earliest, concerned);
  }

  committed(): void {
    if (this.store.commits % this.#commitsBetweenAudits === 0) this.audit();
  }

  answered(endpointNumber: number, position: number, isSuccess: boolean): void {
    this.sends += 1;
    if (!isSuccess) return;
    const delivery = `${endpointNumber}/${position}`;
    if (this.#taken.has(delivery)) this.duplicates += 1;
    this.#taken.add(delivery);
  }

  allowAgain(endpointNumber: number, position: number): void {
    const positions = this.#sentAgain.get(endpointNumber) ?? new Set();
    this.#sentAgain.set(endpointNumber, positions.add(position));
  }

  maySendAgain(endpointNumber: number, position: number): boolean {
    return this.#sentAgain.get(endpointNumber)?.has(position) === true;
  }

  /** What is durable must account for every event by itself: a crash now would lose none. */
  audit(): void {
    const { earliest, dispatchedTo } = this.store;
    for (const { number, takes } of this.endpoints) {
      const { rows, delivered, excused } = this.store.lane(number);
      const record = this.store.load(number);
      const pending = new Set(record.pending);
      for (let position = earliest; position <= dispatchedTo; position++) {
        if (!takes(position) || delivered.has(position) || excused.has(position)) continue;
        if (rows.has(position) || pending.has(position)) continue;
        if (record.behind && position > record.readPosition) continue;
        const state = JSON.stringify({ ...record, dispatchedTo });
        assert.fail(`a crash at ${this.time.nowMs} would lose ${position} at endpoint ${number}: ${state}`);
      }
    }
  }

  /**
   * Receivers heal, endpoints are enabled, a few events come every day, and time runs on until nothing is left to do.
   */
  end(): void {
    for (const { receiver } of this.endpoints) receiver.phases = [];
    this.time.runUntil(this.time.nowMs + dayMs);
    this.start();
    for (let round = 0; round < roundsAtTheEnd; round++) {
      for (const { number, settings } of this.endpoints) {
        if (settings.status !== "enabled") this.process?.resume(number, "cursor");
      }
      for (let day = 0; day < 3; day++) {
        this.append(eventsAtTheEnd);
        this.time.runUntil(this.time.nowMs + 8 * hourMs);
      }
      this.runUntilQuiet(this.time.nowMs + 100 * dayMs);
      this.#skipBlocked();
      if (this.endpoints.every(({ settings }) => settings.status === "enabled")) break;
    }
    this.audit();
    for (const endpoint of this.endpoints)
      if (endpoint.settings.status === "enabled") this.#assertNothingLost(endpoint);
  }

  /** Runs until nothing is left to do but to probe with what was given up. Throws where that is not so by `latestMs`. */
  runUntilQuiet(latestMs: number): void {
    while (!this.time.isQuiet) {
      if (this.time.nowMs > latestMs) throw new Error(`still busy at ${latestMs}`);
      this.time.runUntil(this.time.nowMs + hourMs);
      if (this.endpoints.every((endpoint) => this.#onlyProbes(endpoint))) return;
    }
  }

  #onlyProbes({ number, settings }: SimulatedEndpoint): boolean {
    const { record, rows } = this.store.lane(number);
    const lane = this.process?.lanes.get(number)?.lane;
    if (lane === undefined || lane.flights.size + lane.manuals.size > 0) return false;
    if (settings.status !== "enabled") return true;
    const unsettled = [...rows.values()].filter(isUnsettled);
    const isRead = lane.caughtUp && !record.behind;
    const standsStill = lane.order?.isStrict === true && unsettled.some((row) => row.state === "blocked");
    return (isRead || standsStill) && unsettled.every((row) => this.#isBlocked(row, unsettled));
  }

  /** Nothing comes of it until a person acts. */
  #isBlocked(row: ParkedDelivery, unsettled: readonly ParkedDelivery[]): boolean {
    if (row.state === "blocked") return true;
    const isBefore = (other: ParkedDelivery): boolean => other.key === row.key && other.position < row.position;
    return row.state === "held" && unsettled.some((other) => other.state === "blocked" && isBefore(other));
  }

  #assertNothingLost({ number, takes, settings, receiver }: SimulatedEndpoint): void {
    const { record, rows, delivered, excused } = this.store.lane(number);
    const unsettled = [...rows.values()].filter(isUnsettled);
    const { lane } = this.process!.lanes.get(number)!;
    if (lane.flights.size + lane.manuals.size === 0) {
      assert.equal(lane.parked.total, 0, `endpoint ${number} counts parked deliveries that there are not`);
    }
    assert.deepEqual(unsettled, [], `rows of endpoint ${number} that nobody sends`);
    assert.deepEqual(record.pending, [], `deliveries of endpoint ${number} that nobody sends`);
    assert.equal(record.behind, false, `endpoint ${number} is not read to the end`);
    for (let position = this.store.earliest; position <= this.store.head; position++) {
      if (!takes(position) || delivered.has(position) || excused.has(position)) continue;
      const row = rows.get(position);
      if (row?.state === "cancelled") continue;
      assert.ok(row !== undefined, `${position} is lost at endpoint ${number}`);
      this.#assertGivenUpRightly(number, position, { givenUpAtMs: row.dueAtMs, delaysMs: settings.retry.delaysMs });
      assert.equal(moodAt(receiver, this.time.nowMs), "well");
    }
  }

  /** Given up means: its whole schedule was used, and no outage that it fell into has ended since. */
  #assertGivenUpRightly(
    endpointNumber: number,
    position: number,
    row: { readonly givenUpAtMs: number; readonly delaysMs: readonly number[] },
  ): void {
    const stored = this.store.lane(endpointNumber);
    const { givenUpAtMs, delaysMs } = row;
    const triedForMs = givenUpAtMs - (stored.firstStartedAtMs.get(position) ?? givenUpAtMs);
    const scheduleMs = delaysMs.reduce((sum, delayMs) => sum + delayMs * (1 - jitterRatio), 0);
    assert.ok(
      triedForMs >= scheduleMs - delaysMs.length,
      `${position} was given up after ${triedForMs} of ${scheduleMs} ms`,
    );
    const startedAtMs = stored.lastStartedAtMs.get(position) ?? givenUpAtMs;
    const missed = stored.recoveries.find(({ sinceMs, atMs }) => sinceMs <= givenUpAtMs && startedAtMs < atMs);
    assert.equal(missed, undefined, `${position} was given up in an outage of endpoint ${endpointNumber} that ended`);
  }

  /** What a receiver that is well never takes holds back those behind it, until a person gives it up. */
  #skipBlocked(): void {
    for (const { number } of this.endpoints) {
      for (;;) {
        const blocked = [...this.store.lane(number).rows.values()].find((row) => row.state === "blocked");
        if (blocked === undefined) break;
        this.process?.skip(number, blocked.position);
        this.runUntilQuiet(this.time.nowMs + 100 * dayMs);
      }
    }
  }

  #skip({ number }: SimulatedEndpoint, share: number): void {
    const parked = [...this.store.lane(number).rows.values()].filter(isUnsettled);
    const chosen = parked[Math.floor(share * parked.length)];
    if (chosen !== undefined) this.process?.skip(number, chosen.position);
  }

  #endpoint(index: number): SimulatedEndpoint {
    return this.endpoints[index % this.endpoints.length]!;
  }

  #positionAt(share: number): number {
    const { earliest, head } = this.store;
    return earliest + Math.floor(share * (head - earliest + 1));
  }

  /** People ask for what is parked as often as for anything else. */
  #retry({ number, takes }: SimulatedEndpoint, share: number): void {
    const parked = [...this.store.lane(number).rows.keys()];
    const chosen = share * 2 < 1 ? parked[Math.floor(share * 2 * parked.length)] : undefined;
    let position = Math.min(chosen ?? this.#positionAt(share), this.process?.dispatchedTo ?? 0);
    while (position >= this.store.earliest && !takes(position)) position -= 1;
    if (position >= this.store.earliest) this.process?.retry(number, position);
  }

  #replay({ number, takes }: SimulatedEndpoint, range: { readonly at: number; readonly count: number }): void {
    const first = this.#positionAt(range.at);
    const last = Math.min(first + range.count - 1, this.process?.dispatchedTo ?? 0);
    for (let position = first; position <= last; position++) {
      if (takes(position)) this.process?.replay(number, position);
    }
  }
}
