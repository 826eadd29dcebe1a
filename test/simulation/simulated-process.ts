/**
 * A process that runs lanes, as a dispatcher does: it offers what was appended, and passes on what people and retention
 * do. It has what dies in a crash, and nothing else.
 */
import { type DeliveryState, deliveryState, type ParkedDelivery } from "../../src/core/delivery.ts";
import { orderingOf } from "../../src/core/endpoint-order.ts";
import {
  beginLoad,
  eventOffered,
  laneCursor,
  laneEnabled,
  laneMoved,
  laneRecord,
  laneSought,
  logTrimmed,
  parkedCancelled,
  pendingPositions,
  startLane,
} from "../../src/core/lane.ts";
import { orderKey } from "../../src/core/lane-key.ts";
import { laneReordered } from "../../src/core/lane-learn.ts";
import { manualTurn } from "../../src/core/lane-manual.ts";
import { replayMayGo, replayPace, replayTurn } from "../../src/core/lane-replay.ts";
import { deliverySkipped, skipRefusal } from "../../src/core/lane-skip.ts";
import { RunningLane } from "./running-lane.ts";
import { SimulatedJournal } from "./simulated-journal.ts";
import { isUnsettled } from "./simulated-store.ts";
import type { SimulatedEndpoint, World } from "./world.ts";

const offerDelayMsMax = 30;
const lateOfferDelayMsMax = 2_000;
/** So much later than the store a process hears of a step of retention, at most. */
const trimDelayMsMax = 3_000;
/** What a person's request knows of a delivery may be this old when the lane is asked. */
const knowledgeAgeMsMax = 200;

interface Known {
  readonly state: DeliveryState;
  readonly row: ParkedDelivery | null;
  readonly attempts: number;
  readonly nowMs: number;
}

export class SimulatedProcess {
  readonly lanes = new Map<number, RunningLane>();
  dispatchedTo: number;
  readonly world: World;
  readonly journal: SimulatedJournal;
  #isAlive = true;
  #offerIsPlanned = false;

  constructor(world: World) {
    const { store } = world;
    this.world = world;
    this.dispatchedTo = store.dispatchedTo;
    this.journal = new SimulatedJournal({
      store,
      fraction: world.fraction,
      later: (delayMs, run) => this.later(delayMs, run),
      dispatchedTo: () => this.dispatchedTo,
      record: (endpointNumber) => laneRecord(this.#lane(endpointNumber).lane, endpointNumber),
      committed: () => world.committed(),
    });
    for (const endpoint of world.endpoints) this.#start(endpoint);
    this.#offerUpTo(store.head);
    for (const running of this.lanes.values()) running.turn();
  }

  /** Runs later, unless the process is dead by then. */
  later(delayMs: number, run: () => void): void {
    const { time } = this.world;
    time.plan(time.nowMs + delayMs, () => {
      if (this.#isAlive) run();
    });
  }

  /** The log grew; the lanes hear of it a little later. */
  appended(): void {
    if (this.#offerIsPlanned) return;
    this.#offerIsPlanned = true;
    const { fraction } = this.world;
    this.later((fraction() < 0.9 ? offerDelayMsMax : lateOfferDelayMsMax) * fraction(), () => {
      this.#offerIsPlanned = false;
      this.#offerUpTo(this.world.store.head);
    });
  }

  /** Answers how many deliveries were in flight, or had an outcome that was not journalled. */
  crash(): number {
    this.#isAlive = false;
    const inFlight = [...this.lanes.values()].reduce((sum, { lane }) => sum + lane.flights.size, 0);
    const atRisk = inFlight + this.journal.attemptsAtRisk();
    this.journal.crashed();
    return atRisk;
  }

  resume(endpointNumber: number, from: "cursor" | "latest"): void {
    const running = this.#lane(endpointNumber);
    const { lane, watch, endpoint } = running;
    const { nowMs } = this.world.time;
    const { failingSinceMs } = lane.breaker;
    endpoint.settings.status = "enabled";
    const change = laneEnabled(lane, nowMs);
    watch.enabled();
    if (failingSinceMs !== null) this.journal.recovered(endpointNumber, failingSinceMs, nowMs);
    this.journal.changed(endpointNumber);
    running.changed(change === null ? [] : [change]);
    if (from === "latest") {
      for (let position = 1; position <= this.dispatchedTo; position++) {
        this.journal.excuse(endpointNumber, position);
        watch.order.skipped(position);
      }
      laneMoved(lane, this.dispatchedTo, true);
      running.changed([parkedCancelled(lane)]);
    }
    running.turn();
  }

  /** A person moves the cursor: what lies beyond is owed once more, and only what a move forward passes is given up. */
  seek(endpointNumber: number, position: number): void {
    const running = this.#lane(endpointNumber);
    const { lane, watch } = running;
    for (let passed = lane.readPosition + 1; passed <= position; passed++) {
      this.journal.excuse(endpointNumber, passed);
      watch.order.skipped(passed);
    }
    for (let again = position + 1; again <= this.world.store.head; again++) {
      this.journal.owe(endpointNumber, again);
      watch.mayBeSentAgain(again);
      watch.order.owed(again);
    }
    this.world.seeks += 1;
    running.changed([laneSought(lane, position, position >= this.dispatchedTo)]);
    running.load(beginLoad(lane));
    running.turn();
  }

  /** The store removed everything before `earliest`; `concerned` are the endpoints that had rows of it. */
  trimmed(earliest: number, concerned: ReadonlySet<number>): void {
    for (const { watch } of this.lanes.values()) watch.trimmed(earliest);
    this.later(trimDelayMsMax * this.world.fraction(), () => {
      for (const [endpointNumber, running] of this.lanes) {
        logTrimmed(running.lane, earliest, concerned.has(endpointNumber));
        this.journal.changed(endpointNumber);
        if (concerned.has(endpointNumber)) running.load(beginLoad(running.lane));
        running.turn();
      }
    });
  }

  /** A person changed by what the deliveries are ordered. */
  reorder(endpointNumber: number): void {
    const running = this.#lane(endpointNumber);
    running.changed(laneReordered(running.lane, running.endpoint.settings));
    running.turn();
  }

  /** A person gives one delivery up. */
  skip(endpointNumber: number, position: number): void {
    const running = this.#lane(endpointNumber);
    this.#whenKnown(running, position, ({ state, row, nowMs }) => {
      const { lane } = running;
      if (skipRefusal(lane, position, state) !== null) return;
      // It is asked again whether the store still has it: what was known is a little old.
      if (!this.world.store.lane(endpointNumber).rows.has(position)) return;
      running.watch.order.skipped(position);
      running.changed([deliverySkipped(lane, position, { state, row, nowMs })]);
      running.turn();
    });
  }

  /** A person asks for one delivery; meanwhile the lane goes on. */
  retry(endpointNumber: number, position: number): void {
    const running = this.#lane(endpointNumber);
    this.#whenKnown(running, position, (known) => {
      const turn = manualTurn(running.lane, position, known);
      if (turn !== null) running.sendByHand(turn);
    });
  }

  /** A replay comes to one delivery; meanwhile the lane goes on. */
  replay(endpointNumber: number, position: number): void {
    const running = this.#lane(endpointNumber);
    this.#whenKnown(running, position, (known) => {
      const pace = replayPace(running.lane, running.endpoint.settings, known.nowMs);
      if (pace === "rest") return;
      const { settings, subjectOf } = running.endpoint;
      const key = orderKey(orderingOf(settings), subjectOf?.(position) ?? null);
      if (!replayMayGo(running.lane, { position, key })) return;
      const turn = replayTurn(running.lane, position, { ...known, isProbe: pace === "probe", key });
      if (turn !== null) running.sendForReplay(turn);
    });
  }

  /** What is asked for knows of a delivery what the store said a little while ago. */
  #whenKnown(running: RunningLane, position: number, ask: (known: Known) => void): void {
    const { lane, endpoint } = running;
    const stored = this.world.store.lane(endpoint.number);
    const parked = stored.rows.get(position) ?? null;
    const attempts = stored.attempts.get(position) ?? 0;
    const delivered = stored.delivered.has(position);
    this.later(knowledgeAgeMsMax * this.world.fraction(), () => {
      if (lane.flights.has(position) || lane.manuals.has(position) || position < this.world.store.earliest) return;
      const state = deliveryState({
        position,
        cursor: laneCursor(lane),
        pending: pendingPositions(lane),
        readPosition: lane.readPosition,
        inFlight: false,
        parked,
        delivered,
        attempted: attempts > 0,
        matches: true,
      });
      ask({ state, row: parked, attempts, nowMs: this.world.time.nowMs });
    });
  }

  #lane(endpointNumber: number): RunningLane {
    return this.lanes.get(endpointNumber)!;
  }

  #start(endpoint: SimulatedEndpoint): void {
    const { store } = this.world;
    const total = [...store.lane(endpoint.number).rows.values()].filter(isUnsettled).length;
    const running = new RunningLane(this, endpoint, startLane(store.load(endpoint.number), total, endpoint.settings));
    logTrimmed(running.lane, store.earliest);
    running.watch.trimmed(store.earliest);
    this.lanes.set(endpoint.number, running);
    // It was ordered, and is not any more: what was held has nobody to wait for.
    const isOrdered = [...store.lane(endpoint.number).rows.values()].some(
      ({ state }) => state === "held" || state === "blocked",
    );
    if (running.lane.order === null && isOrdered) running.changed([{ do: "releaseAll" }]);
  }

  #offerUpTo(head: number): void {
    const wantTurns = new Set<RunningLane>();
    for (let position = this.dispatchedTo + 1; position <= head; position++) {
      for (const running of this.lanes.values()) {
        if (!running.endpoint.takes(position) || !eventOffered(running.lane, position)) continue;
        this.journal.changed(running.endpoint.number);
        wantTurns.add(running);
      }
      this.dispatchedTo = position;
    }
    this.journal.moved();
    for (const running of wantTurns) running.turn();
  }
}
