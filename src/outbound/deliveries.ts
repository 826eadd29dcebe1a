/** What people see of deliveries, and the one thing they do to them: send one again. */
import { type DeliveryState, deliveryState } from "../core/delivery.ts";
import type { Endpoint } from "../core/endpoint.ts";
import { TrotlineError } from "../core/errors.ts";
import type { StoredEvent } from "../core/event.ts";
import { type Flight, laneCursor, pendingPositions, startLane } from "../core/lane.ts";
import { waitingPositions } from "../core/lane-lines.ts";
import { manualSettled, manualTurn } from "../core/lane-manual.ts";
import { deliverySkipped, skipRefusal } from "../core/lane-skip.ts";
import type { Clock } from "../core/ports.ts";
import type { StoredAttempt, StoredDelivery } from "../log/journal.ts";
import type { Store } from "../log/store.ts";
import type { Registry } from "../registry/registry.ts";
import { type Attempter, urgently } from "./attempt.ts";
import type { Dispatcher } from "./dispatch.ts";
import { laneSeen, lanesSeen, type SeenLane } from "./lanes-seen.ts";
import type { RunningLane } from "./running-lane.ts";

/** The running state of one endpoint, for people. */
export interface LaneView {
  /** Everything up to this position is settled or parked. */
  readonly cursor: number;
  /** Positions between the cursor and the head of the log. */
  readonly lag: number;
  readonly inFlight: number;
  /** Parked deliveries that are not settled; about, while many change. */
  readonly parked: number;
  readonly consecutiveFailures: number;
  readonly failingSinceMs: number | null;
  /** Not null while the breaker is open. */
  readonly nextProbeAtMs: number | null;
  readonly pausedUntilMs: number | null;
  readonly window: number;
}

export interface DeliveryView {
  readonly endpoint: Endpoint;
  readonly state: DeliveryState;
  readonly attempts: number;
  readonly nextAttemptAtMs: number | null;
  readonly lastAttempt: StoredAttempt | null;
}

interface DeliveriesOptions {
  readonly dispatcher: Dispatcher;
  readonly registry: Registry;
  readonly store: Store;
  readonly attempter: Attempter;
  readonly clock: Clock;
}

/** Attempts of one event that are looked at to find the endpoints it went to. */
const attemptsSeenMax = 1000;

export class Deliveries {
  readonly #options: DeliveriesOptions;

  constructor(options: DeliveriesOptions) {
    this.#options = options;
  }

  /** Of a lane that this process runs. */
  laneView(endpoint: Endpoint): LaneView {
    return this.#laneView(laneSeen(this.#options.dispatcher, endpoint));
  }

  /** The lane of an endpoint that was just made, whoever runs it: nothing is asked that could fail. */
  newLaneView(endpoint: Endpoint, startPosition: number): LaneView {
    const record = { readPosition: startPosition, pending: [], behind: true, health: null };
    return this.#laneView({ lane: startLane(record, 0, endpoint), dispatchedTo: startPosition });
  }

  /** Whoever runs the lanes (see `lanes-seen.ts`), in the order of their endpoints. */
  async laneViews(endpoints: readonly Endpoint[]): Promise<LaneView[]> {
    const seen = await lanesSeen(this.#options, endpoints);
    return endpoints.map((endpoint) => this.#laneView(seenOf(seen, endpoint)));
  }

  #laneView({ lane, dispatchedTo }: SeenLane): LaneView {
    const { clock } = this.#options;
    const pending = pendingPositions(lane).length > 0;
    const cursor = lane.caughtUp && !pending ? Math.max(dispatchedTo, lane.readPosition) : laneCursor(lane);
    return {
      cursor,
      lag: Math.max(0, this.#options.store.events.bounds().head - cursor),
      inFlight: lane.flights.size + lane.manuals.size,
      parked: lane.parked.total,
      consecutiveFailures: lane.breaker.consecutiveFailures,
      failingSinceMs: lane.breaker.failingSinceMs,
      nextProbeAtMs: lane.breaker.probeAtMs,
      pausedUntilMs: lane.pausedUntilMs > clock.steadyMs() ? lane.pausedUntilMs : null,
      window: Math.floor(lane.window.size),
    };
  }

  /** Where an event went: one entry for each endpoint of its tenant that its type concerns, or that was sent it. */
  async ofEvent(event: StoredEvent): Promise<DeliveryView[]> {
    const { registry, store, dispatcher } = this.#options;
    await dispatcher.journal.flushed();
    const attempts = await store.journal.attempts({ position: event.position, limit: attemptsSeenMax });
    const endpoints = new Map(
      registry.matching.concerned(event.tenant, event.type).map((endpoint) => [endpoint.number, endpoint]),
    );
    for (const { endpointNumber } of attempts) {
      const endpoint = registry.endpointByNumber(endpointNumber);
      if (endpoint !== undefined) endpoints.set(endpointNumber, endpoint);
    }
    const seen = await lanesSeen(this.#options, [...endpoints.values()]);
    const views: DeliveryView[] = [];
    for (const endpoint of endpoints.values()) {
      // After its lane was seen: what was done meanwhile is in the attempts, or has a row.
      const known = await store.journal.delivery(endpoint.number, event.position);
      const isHere = dispatcher.lanes.shards.runs(endpoint.number);
      const lane = isHere ? laneSeen(dispatcher, endpoint) : seenOf(seen, endpoint);
      const lastAttempt = attempts.find((attempt) => attempt.endpointNumber === endpoint.number) ?? null;
      views.push(this.#view({ endpoint, event, known, seen: lane }, lastAttempt));
    }
    return views;
  }

  /**
   * Sends one delivery now, whatever its state and its endpoint's. Answers when the attempt has ended and is
   * journalled. Refuses with `handler-unknown` where nobody could be called: that would cost an attempt.
   */
  async retry(endpoint: Endpoint, event: StoredEvent): Promise<StoredAttempt> {
    const { dispatcher, store, clock, attempter } = this.#options;
    const { journal } = dispatcher;
    dispatcher.requireOwn(endpoint);
    await journal.flushed();
    const known = await store.journal.delivery(endpoint.number, event.position);
    if (!attempter.isReady(endpoint)) {
      throw new TrotlineError("handler-unknown", `No handler is registered as \`${endpoint.handler}\`.`);
    }
    const running = dispatcher.requireOwn(endpoint);
    const state = this.#state(endpoint, event, known);
    const row = known.parked;
    const turn = manualTurn(running.lane, event.position, {
      state,
      row,
      attempts: known.attempts,
      nowMs: clock.steadyMs(),
    });
    const flight = running.lane.flights.get(event.position) ?? running.lane.manuals.get(event.position);
    if (turn === null) {
      if (flight !== undefined) await dispatcher.whenEnded(flight);
    } else {
      await this.#send(running, event, turn.flight);
      dispatcher.manualEnded(turn.flight);
    }
    await journal.flushed();
    dispatcher.requireKept(running);
    const [attempt] = await store.journal.attempts({
      endpointNumber: endpoint.number,
      position: event.position,
      limit: 1,
    });
    if (attempt === undefined) throw new TrotlineError("shutting-down", "The server stopped before the attempt ended.");
    return attempt;
  }

  /**
   * Gives one delivery up that is not settled, so that those behind it go on; an attempt under way ends first. Answers
   * when that is durable. Refuses with `delivery-settled` and `delivery-ahead`.
   */
  async skip(endpoint: Endpoint, event: StoredEvent): Promise<DeliveryView> {
    for (;;) {
      const durable = await this.#skipNow(endpoint, event);
      if (durable === "again") continue;
      const [view] = (await this.ofEvent(event)).filter((one) => one.endpoint.number === endpoint.number);
      if (view !== undefined) return view;
      throw skipRefused("settled", event, "cancelled");
    }
  }

  /** `again` where an attempt was under way, or the delivery changed while the store was asked about it. */
  async #skipNow(endpoint: Endpoint, event: StoredEvent): Promise<"again" | "durable"> {
    const { dispatcher, store, clock } = this.#options;
    const { position } = event;
    dispatcher.requireOwn(endpoint);
    const reading = dispatcher.journal.readings.began(endpoint.number, position);
    try {
      await dispatcher.journal.flushed();
      const known = await store.journal.delivery(endpoint.number, position);
      if (reading.isOvertaken) return "again";
      const running = dispatcher.requireOwn(endpoint);
      const state = this.#state(endpoint, event, known);
      const refusal = skipRefusal(running.lane, position, state);
      if (refusal === "in-flight") {
        const flight = running.lane.flights.get(position) ?? running.lane.manuals.get(position);
        if (flight !== undefined) await dispatcher.whenEnded(flight);
        return "again";
      }
      if (refusal !== null) throw skipRefused(refusal, event, state);
      const asked = { state, row: known.parked, nowMs: clock.steadyMs() };
      await dispatcher.skipped(running, deliverySkipped(running.lane, position, asked));
      return "durable";
    } finally {
      dispatcher.journal.readings.ended(reading);
    }
  }

  async #send(running: RunningLane, event: StoredEvent, flight: Flight): Promise<void> {
    const { dispatcher, attempter, clock } = this.#options;
    const result = await attempter.attempt(running.endpoint, event, urgently(flight));
    dispatcher.requireKept(running);
    if (result.errorClass === "interrupted") {
      throw new TrotlineError("shutting-down", "The server stopped before the attempt ended.");
    }
    const settlement = manualSettled(running.lane, { position: event.position, result, nowMs: clock.steadyMs() });
    dispatcher.settle(running, event, { result, settlement });
  }

  #view(delivery: SeenDelivery, lastAttempt: StoredAttempt | null): DeliveryView {
    const { endpoint, known } = delivery;
    const state = stateOf(delivery, this.#options.registry);
    const dueAtMs = state === "retrying" ? (known.parked?.dueAtMs ?? null) : null;
    return { endpoint, state, attempts: known.attempts, nextAttemptAtMs: dueAtMs, lastAttempt };
  }

  /** Of a lane that this process runs. */
  #state(endpoint: Endpoint, event: StoredEvent, known: StoredDelivery): DeliveryState {
    const { dispatcher, registry } = this.#options;
    return stateOf({ endpoint, event, known, seen: laneSeen(dispatcher, endpoint) }, registry);
  }
}

function seenOf(seen: ReadonlyMap<number, SeenLane>, { id, number }: Endpoint): SeenLane {
  const lane = seen.get(number);
  if (lane === undefined) throw new Error(`the lane of ${id} was not looked at`);
  return lane;
}

function skipRefused(why: "settled" | "ahead", event: StoredEvent, state: DeliveryState): TrotlineError {
  return why === "settled"
    ? new TrotlineError("delivery-settled", `The delivery of \`${event.id}\` is ${state}.`)
    : new TrotlineError("delivery-ahead", `The endpoint has not come to \`${event.id}\` yet.`);
}

interface SeenDelivery {
  readonly endpoint: Endpoint;
  readonly event: StoredEvent;
  readonly known: StoredDelivery;
  readonly seen: SeenLane;
}

/** The state of a delivery, by what the store knows of it and by what its lane does now. */
export function stateOf({ endpoint, event, known, seen }: SeenDelivery, registry: Registry): DeliveryState {
  const { lane, dispatchedTo } = seen;
  const isIdle = lane.caughtUp && lane.unsent.length === 0;
  return deliveryState({
    position: event.position,
    cursor: laneCursor(lane),
    pending: lane.order === null ? lane.unsent : [...lane.unsent, ...waitingPositions(lane.order)],
    readPosition: isIdle ? Math.max(lane.readPosition, dispatchedTo) : lane.readPosition,
    inFlight: lane.flights.has(event.position) || lane.manuals.has(event.position),
    parked: known.parked,
    delivered: known.delivered,
    attempted: known.attempts > 0,
    matches: registry.matching.takes(endpoint, event),
  });
}
