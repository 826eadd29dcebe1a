/**
 * Watches the order of one lane in one process, with a book of its own on what is settled: of one key nothing starts
 * while something before it is not settled, and never two at once. What a person forces is not asked.
 */
import assert from "node:assert/strict";
import { type DeliveryState, isSettledState } from "../../src/core/delivery.ts";
import { orderingOf } from "../../src/core/endpoint-order.ts";
import type { Lane } from "../../src/core/lane.ts";
import { isLoose, noKey, orderKey, unknownKey } from "../../src/core/lane-key.ts";
import { limits } from "../../src/core/limits.ts";
import type { SimulatedEndpoint, World } from "./world.ts";

export class OrderWatch {
  readonly #lane: Lane;
  readonly #endpoint: SimulatedEndpoint;
  readonly #world: World;
  readonly #settled = new Set<number>();
  readonly #onTheWay = new Set<number>();
  /** Given up once, and sent again: nothing waits for them. */
  readonly #loose = new Set<number>();
  #earliest = 0;

  constructor(lane: Lane, endpoint: SimulatedEndpoint, world: World) {
    this.#lane = lane;
    this.#endpoint = endpoint;
    this.#world = world;
    const { delivered, excused, rows } = world.store.lane(endpoint.number);
    for (const position of [...delivered, ...excused]) this.#settled.add(position);
    for (const { position, state, key = unknownKey } of rows.values()) {
      this.#note(position, state);
      if (isLoose(key)) this.#loose.add(position);
    }
  }

  /** `wasGivenUp`: it was exhausted, and so it has lost its place. */
  sent(position: number, what: string, wasGivenUp: boolean): void {
    const key = this.#keyOf(position);
    if (key !== noKey) {
      this.#world.ordered += 1;
      for (const other of this.#onTheWay) {
        assert.notEqual(this.#keyOf(other), key, `${what}: ${other} of the same key is on its way`);
      }
      if (wasGivenUp || this.#loose.has(position)) {
        this.#onTheWay.add(position);
        return;
      }
      for (let before = this.#earliest; before < position; before++) {
        if (
          !this.#endpoint.takes(before) ||
          this.#settled.has(before) ||
          this.#loose.has(before) ||
          this.#keyOf(before) !== key
        )
          continue;
        assert.fail(`${what}: ${before} of the same key is not settled`);
      }
    }
    this.#onTheWay.add(position);
  }

  ended(position: number, state: DeliveryState): void {
    this.#onTheWay.delete(position);
    this.#note(position, state);
  }

  forced(position: number, isSuccess: boolean): void {
    if (isSuccess) this.#settled.add(position);
  }

  skipped(position: number): void {
    this.#settled.add(position);
  }

  /** It is to be sent again: the cursor was moved back over it. */
  owed(position: number): void {
    this.#settled.delete(position);
    this.#loose.delete(position);
  }

  lostItsPlace(position: number): void {
    this.#settled.delete(position);
    this.#loose.add(position);
  }

  trimmed(earliest: number): void {
    this.#earliest = earliest;
  }

  happened(): void {
    const { order } = this.#lane;
    if (order === null) return;
    const held = [...order.lines.values()].flatMap((line) => line.held);
    const waiting = held.filter(({ row }) => row === null).length;
    assert.equal(order.waiting, waiting, "its count of what waits in memory is wrong");
    const { peaks } = this.#world;
    peaks.heldRows = Math.max(peaks.heldRows, held.length - waiting);
    // What was taken up before a restart, or before it was ordered, comes on top.
    assert.ok(waiting <= limits.heldInMemory + limits.maxInFlightMax, `${waiting} wait in memory`);
  }

  #note(position: number, state: DeliveryState): void {
    if (isSettledState(state)) this.#settled.add(position);
    else this.#settled.delete(position);
  }

  #keyOf(position: number): number {
    return orderKey(orderingOf(this.#endpoint.settings), this.#endpoint.subjectOf?.(position) ?? null);
  }
}
