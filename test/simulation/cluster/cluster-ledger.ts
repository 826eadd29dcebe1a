/**
 * The independent book on processes that share a store: what receivers were sent, by whom and under which fence, held
 * against what is durable. It throws where an invariant does not hold.
 */
import assert from "node:assert/strict";
import { isSettledState } from "../../../src/core/delivery.ts";
import type { Ordering } from "../../../src/core/endpoint-order.ts";
import type { StoredEvent } from "../../../src/core/event.ts";
import type { ShardLease } from "../../../src/core/shard.ts";
import type { JournalBatch } from "../../../src/log/journal.ts";
import type { MemoryData } from "../../../src/log/memory/data.ts";
import type { Receiver } from "../scripted-receiver.ts";

export interface ClusterEndpoint {
  readonly number: number;
  readonly tenant: string;
  readonly ordering: Ordering;
  readonly receiver: Receiver;
}

interface Sent {
  readonly fence: number;
  readonly number: number;
  readonly position: number;
  readonly startedAtMs: number;
  endedAtMs: number | null;
  state: "flying" | "delivered" | "failed";
}

export class ClusterLedger {
  readonly accepted = new Set<string>();
  sends = 0;
  duplicates = 0;
  takeovers = 0;
  readonly #data: MemoryData;
  readonly #endpoints: ReadonlyMap<number, ClusterEndpoint>;
  /** The last that went by itself, by endpoint and position. */
  readonly #sent = new Map<string, Sent>();
  readonly #delivered = new Set<string>();
  /** By endpoint: a replay has them sent again. */
  readonly #again = new Map<number, number>();
  readonly #fences: number[];

  constructor(data: MemoryData, endpoints: readonly ClusterEndpoint[]) {
    this.#data = data;
    this.#endpoints = new Map(endpoints.map((endpoint) => [endpoint.number, endpoint]));
    this.#fences = data.shards.map(({ fence }) => fence);
  }

  endpoint(number: number): ClusterEndpoint {
    const endpoint = this.#endpoints.get(number);
    assert.ok(endpoint !== undefined);
    return endpoint;
  }

  /** Everything up to here may be sent again. */
  replayed(number: number, last: number): void {
    this.#again.set(number, Math.max(last, this.#again.get(number) ?? 0));
  }

  roundMade(): void {
    for (const { shard, fence, holder } of this.#data.shards) {
      if (fence !== this.#fences[shard] && holder !== null) this.takeovers += 1;
      this.#fences[shard] = fence;
    }
  }

  /** An attempt begins; answers what is to be told when it has ended. */
  sent(number: number, position: number, by: { processId: string; trigger: string }): (isDelivered: boolean) => void {
    const nowMs = this.#data.clock.steadyMs();
    const shard = this.#data.shards[this.#data.shardOf(number)]!;
    const what = `the ${by.trigger} attempt of ${position} at endpoint ${number} by ${by.processId}, at ${nowMs}`;
    const isHeld = shard.holder === by.processId && nowMs < shard.expiresAtMs;
    assert.ok(isHeld, `${what}: ${shard.holder} holds its shard, until ${shard.expiresAtMs}`);
    const key = `${number} ${position}`;
    this.sends += 1;
    if (by.trigger !== "replay") this.#checkAgain(number, position, { what, fence: shard.fence });
    const sent: Sent = { fence: shard.fence, number, position, startedAtMs: nowMs, endedAtMs: null, state: "flying" };
    if (by.trigger !== "replay") {
      this.#checkOrder(number, position, { what, fence: shard.fence });
      this.#sent.set(key, sent);
    }
    return (isDelivered) => {
      sent.state = isDelivered ? "delivered" : "failed";
      sent.endedAtMs = this.#data.clock.steadyMs();
    };
  }

  /** Shards are given back: what is in flight of them has ended, or had its grace, and what ended is durable. */
  releasing(leases: readonly ShardLease[], graceMs: number): void {
    const nowMs = this.#data.clock.steadyMs();
    for (const { shard, fence } of leases) {
      if (this.#data.shards[shard]?.fence !== fence) continue;
      for (const { number, position, startedAtMs, endedAtMs, state, ...sent } of this.#sent.values()) {
        const tookMs = (endedAtMs ?? nowMs) - startedAtMs;
        if (this.#data.shardOf(number) !== shard || sent.fence !== fence || tookMs >= graceMs) continue;
        const what = `${position} at endpoint ${number}, when the shard ${shard} is given back`;
        assert.ok(state !== "flying", `${what}: it is in flight`);
        if (state !== "delivered" || position <= (this.#again.get(number) ?? 0)) continue;
        assert.ok(this.#isSettled(number, position), `${what}: it was delivered, and nobody will know`);
      }
    }
  }

  /** The receiver took it. */
  taken(number: number, position: number): void {
    const key = `${number} ${position}`;
    if (this.#delivered.has(key) && position > (this.#again.get(number) ?? 0)) this.duplicates += 1;
    this.#delivered.add(key);
  }

  #checkAgain(number: number, position: number, { what, fence }: { what: string; fence: number }): void {
    if (position <= (this.#again.get(number) ?? 0)) return;
    assert.ok(!this.#isSettled(number, position), `${what}: what is durable says that it is settled`);
    const before = this.#sent.get(`${number} ${position}`);
    const isNew = before === undefined || before.fence < fence || before.state === "failed";
    assert.ok(isNew, `${what}: it is ${before?.state} since this fence`);
  }

  /** Of one key nothing starts for the first time before what came before it was delivered, and never two at once. */
  #checkOrder(number: number, position: number, { what, fence }: { what: string; fence: number }): void {
    const { ordering, tenant } = this.endpoint(number);
    if (ordering === "none") return;
    const event = this.#eventAt(position);
    const isFirst = !this.#sent.has(`${number} ${position}`);
    for (let other = 1; other <= this.#data.head; other++) {
      const before = this.#eventAt(other);
      if (other === position || before.tenant !== tenant) continue;
      if (ordering === "key" && before.subject !== event.subject) continue;
      const key = `${number} ${other}`;
      const sent = this.#sent.get(key);
      assert.ok(sent?.state !== "flying" || sent.fence < fence, `${what}: ${other} of the same key is in flight`);
      if (isFirst && other < position) assert.ok(this.#delivered.has(key), `${what}: ${other} was never delivered`);
    }
  }

  /** Whether the store may take what is written under these fences by this process. */
  mayWrite(leases: readonly ShardLease[], processId: string): boolean {
    return leases.every(({ shard, fence }) => {
      const kept = this.#data.shards[shard];
      return kept?.fence === fence && kept.holder === processId;
    });
  }

  /** Right before the store is to take it. */
  journalling(batch: JournalBatch): void {
    const named = new Set(batch.dispatched.map(({ shard }) => shard));
    for (const { endpointNumber } of [...batch.changes, ...batch.lanes]) {
      const shard = this.#data.shardOf(endpointNumber);
      assert.ok(named.has(shard), `the shard ${shard} of endpoint ${endpointNumber} is not named`);
    }
    for (const { shard, position } of batch.dispatched) {
      const { dispatchedTo } = this.#data.shards[shard]!;
      assert.ok(position >= dispatchedTo, `the shard ${shard} goes back from ${dispatchedTo} to ${position}`);
      assert.ok(position <= this.#data.head, "what is not in the log was dispatched");
    }
    for (const { endpointNumber, readPosition, behind } of batch.lanes) {
      const before = this.#data.lanes.get(endpointNumber);
      const isBack = behind && before?.behind === true && readPosition < before.readPosition;
      assert.ok(!isBack, `the lane ${endpointNumber} goes back from ${before?.readPosition} to ${readPosition}`);
    }
  }

  /** What is durable accounts for every event by itself: whoever takes a shard over now loses none. */
  audit(): void {
    for (const { number, tenant } of this.#endpoints.values()) {
      for (let position = 1; position <= this.#data.head; position++) {
        if (this.#eventAt(position).tenant !== tenant || this.#delivered.has(`${number} ${position}`)) continue;
        assert.ok(!this.#isSettled(number, position), `what is durable would lose ${position} at endpoint ${number}`);
      }
    }
  }

  /** Everything healed and came to rest. */
  unrest(): string[] {
    const { head, shards } = this.#data;
    const unrest: string[] = [];
    for (const { shard, dispatchedTo } of shards) {
      if (dispatchedTo < head) unrest.push(`the shard ${shard} is at ${dispatchedTo} of ${head}`);
    }
    for (const { number } of this.#endpoints.values()) {
      if (this.#data.lanes.get(number)?.behind) unrest.push(`the lane ${number} is behind`);
      const rows = [...(this.#data.parked.get(number)?.values() ?? [])];
      if (rows.some(({ state }) => !isSettledState(state))) unrest.push(`rows of ${number} wait`);
    }
    for (const { id, status } of this.#data.replays.values()) {
      if (status === "counting" || status === "running") unrest.push(`${id} is ${status}`);
    }
    return unrest;
  }

  assertNothingLost(): void {
    for (const key of this.accepted) assert.ok(this.#data.positionsById.has(key), `the accepted event ${key} is lost`);
    for (const { number, tenant } of this.#endpoints.values()) {
      for (let position = 1; position <= this.#data.head; position++) {
        const isOwed = this.#eventAt(position).tenant === tenant;
        assert.ok(!isOwed || this.#delivered.has(`${number} ${position}`), `${position} is lost at endpoint ${number}`);
      }
    }
  }

  /** What the store says of a delivery that its endpoint is owed. */
  #isSettled(number: number, position: number): boolean {
    const row = this.#data.parked.get(number)?.get(position);
    if (row !== undefined) return isSettledState(row.state);
    const lane = this.#data.lanes.get(number);
    if (lane?.behind) return position <= lane.readPosition && !lane.pending.includes(position);
    return position <= (this.#data.shards[this.#data.shardOf(number)]?.dispatchedTo ?? 0);
  }

  #eventAt(position: number): StoredEvent {
    return this.#data.eventAt(position)!;
  }
}
