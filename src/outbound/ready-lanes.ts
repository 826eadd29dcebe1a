import { recoveryMayAtMs, recoveryTook } from "../core/recovery-pace.ts";
import { Queue } from "./queue.ts";
import { type RateLimits, replayLooksAgainMs } from "./rate-limits.ts";
import type { RunningLane } from "./running-lane.ts";
import { type Sleeper, WakeQueue } from "./wake-queue.ts";

/** What may be in flight at once, beside each endpoint's own window. */
export interface Capacity {
  readonly perProcess: number;
  readonly perTenant: number;
  readonly perOrigin: number;
}

/** The room that one attempt takes. */
export interface Slot {
  readonly tenant: string;
  readonly origin: string;
  readonly isRetry: boolean;
  /** True once it no longer counts against its tenant. */
  isSlow: boolean;
}

interface Tenant extends Sleeper {
  readonly name: string;
  readonly lanes: Queue<RunningLane>;
  inFlight: number;
  isInTurn: boolean;
}

/** The rates that endpoints and tenants may have, and the clock that they go by. */
interface Pace {
  readonly rates: RateLimits;
  readonly nowMs: () => number;
  /** A tenant that waited for its rate may go on. */
  readonly onReady: () => void;
}

/**
 * Lanes that want a turn, fairly: tenants take turns, and within each its endpoints. Retries, probes and first attempts
 * at endpoints that fail share half of the process; the other half is for first attempts at healthy ones alone. An
 * attempt that is slow stops counting against its tenant, as long as no more than half of the process is slow, so that
 * receivers which never answer cannot hold up their tenant's others.
 * A lane that meets a full share waits in that share's own queue, and costs nothing until there is room. So do the
 * lanes of a tenant that has used up its rate: the tenant takes no turn, and they keep their places in it.
 */
export class ReadyLanes {
  readonly capacity: Capacity;
  readonly #tenants = new Map<string, Tenant>();
  readonly #turns = new Queue<Tenant>();
  readonly #waitingForRetry = new Queue<RunningLane>();
  readonly #waitingForOrigin = new Map<string, Queue<RunningLane>>();
  readonly #inFlightOfOrigin = new Map<string, number>();
  /** Every attempt in flight. */
  inFlight = 0;
  /** First attempts that were ever begun. */
  liveStarted = 0;
  #retries = 0;
  #slow = 0;
  readonly #pace: Pace | null;
  /** Tenants that wait for their rate; null where tenants have none. */
  readonly #resting: WakeQueue<Tenant> | null;

  constructor(capacity: Capacity, pace: Pace | null = null) {
    this.capacity = capacity;
    this.#pace = pace;
    this.#resting = pace?.rates.hasTenantRate ? new WakeQueue(pace.nowMs, (tenant) => this.#rested(tenant)) : null;
  }

  close(): void {
    this.#resting?.close();
  }

  get hasRoom(): boolean {
    return this.inFlight < this.capacity.perProcess;
  }

  get hasRetryRoom(): boolean {
    return this.#retries < this.#half;
  }

  /** Whether one more attempt at this endpoint fits beside what is in flight, in the share of retries. */
  hasRoomBeside({ endpoint, origin }: RunningLane): boolean {
    const inFlight = this.#tenants.get(endpoint.tenant)?.inFlight ?? 0;
    return this.hasRoom && this.hasRetryRoom && inFlight < this.capacity.perTenant && !this.#isOriginFull(origin);
  }

  /**
   * When the rates of the endpoint and its tenant, and the endpoint's pace after an outage, have room for a replay. The
   * lanes of the tenant that wait go first.
   */
  replayMayAtMs(running: RunningLane, nowMs: number): number {
    const recoveryAtMs = recoveryMayAtMs(running.recovery, nowMs);
    const mayAtMs = Math.max(this.#pace?.rates.replayMayAtMs(running, nowMs) ?? nowMs, recoveryAtMs);
    if (this.#resting === null) return mayAtMs;
    const tenant = this.#tenants.get(running.endpoint.tenant);
    const lanesWait = tenant !== undefined && tenant.lanes.length > 0;
    return lanesWait ? Math.max(mayAtMs, nowMs + replayLooksAgainMs) : mayAtMs;
  }

  get #half(): number {
    return Math.max(1, Math.floor(this.capacity.perProcess / 2));
  }

  add(running: RunningLane): void {
    if (running.isQueued || running.isRemoved) return;
    running.isQueued = true;
    const tenant = this.#tenant(running.endpoint.tenant);
    tenant.lanes.push(running);
    this.#enterTurns(tenant);
  }

  /** The lane whose turn it is; undefined while none may send. */
  next(): RunningLane | undefined {
    while (this.hasRoom) {
      const tenant = this.#turns.shift();
      if (tenant === undefined) return undefined;
      tenant.isInTurn = false;
      if (tenant.inFlight >= this.capacity.perTenant) continue;
      if (this.#resting !== null && this.#mustRest(tenant)) continue;
      const running = tenant.lanes.shift();
      if (running === undefined) continue;
      this.#enterTurns(tenant);
      if (this.#isOriginFull(running.origin)) {
        this.#originQueue(running.origin).push(running);
        continue;
      }
      running.isQueued = false;
      if (!running.isRemoved) return running;
    }
    return undefined;
  }

  /** The lane wanted to send into the retries' share, and it was full. */
  waitForRetryRoom(running: RunningLane): void {
    if (running.isQueued) return;
    running.isQueued = true;
    this.#waitingForRetry.push(running);
  }

  /** A turn ended without an attempt: whoever waits for the room that it was given has it now. */
  passed(running: RunningLane): void {
    if (this.hasRetryRoom) this.#requeueFirst(this.#waitingForRetry);
    const waiting = this.#waitingForOrigin.get(running.origin);
    if (waiting !== undefined && !this.#isOriginFull(running.origin)) this.#requeueFirst(waiting);
  }

  started(running: RunningLane, isRetry: boolean): Slot {
    const { origin } = running;
    const { tenant } = running.endpoint;
    this.inFlight += 1;
    if (isRetry) this.#retries += 1;
    else this.liveStarted += 1;
    this.#pace?.rates.took(running);
    if (running.recovery.bucket !== null) recoveryTook(running.recovery, this.#pace?.nowMs() ?? 0);
    this.#tenant(tenant).inFlight += 1;
    this.#inFlightOfOrigin.set(origin, (this.#inFlightOfOrigin.get(origin) ?? 0) + 1);
    return { tenant, origin, isRetry, isSlow: false };
  }

  /** What started was not attempted after all: it counts against no rate. */
  unused(running: RunningLane): void {
    this.#pace?.rates.gaveBack(running);
  }

  /** The attempt is still in flight after a second. */
  slowed(slot: Slot): void {
    if (slot.isSlow || this.#slow >= this.#half) return;
    slot.isSlow = true;
    this.#slow += 1;
    this.#releaseTenant(slot.tenant);
  }

  ended(slot: Slot): void {
    this.inFlight -= 1;
    if (slot.isSlow) this.#slow -= 1;
    else this.#releaseTenant(slot.tenant);
    this.#releaseOrigin(slot.origin);
    if (!slot.isRetry) return;
    this.#retries -= 1;
    this.#requeueFirst(this.#waitingForRetry);
  }

  #releaseTenant(name: string): void {
    const tenant = this.#tenant(name);
    tenant.inFlight -= 1;
    this.#enterTurns(tenant);
    if (tenant.inFlight === 0 && tenant.lanes.length === 0) this.#tenants.delete(name);
  }

  #releaseOrigin(origin: string): void {
    const left = (this.#inFlightOfOrigin.get(origin) ?? 1) - 1;
    if (left === 0) this.#inFlightOfOrigin.delete(origin);
    else this.#inFlightOfOrigin.set(origin, left);
    const waiting = this.#waitingForOrigin.get(origin);
    if (waiting === undefined) return;
    this.#requeueFirst(waiting);
    if (waiting.length === 0) this.#waitingForOrigin.delete(origin);
  }

  /** The first that is still there: the room of one that was removed is the next one's. */
  #requeueFirst(waiting: Queue<RunningLane>): void {
    let running = waiting.shift();
    while (running?.isRemoved) running = waiting.shift();
    if (running === undefined) return;
    running.isQueued = false;
    this.add(running);
  }

  /** Its rate is used up for now; the lanes that wait in it keep their places. */
  #mustRest(tenant: Tenant): boolean {
    const nowMs = this.#pace?.nowMs() ?? 0;
    const atMs = this.#pace?.rates.tenantMayAtMs(tenant.name, nowMs) ?? nowMs;
    if (atMs <= nowMs) return false;
    this.#resting?.set(tenant, atMs);
    return true;
  }

  #rested(tenant: Tenant): void {
    this.#enterTurns(tenant);
    this.#pace?.onReady();
  }

  #enterTurns(tenant: Tenant): void {
    if (
      tenant.isInTurn ||
      tenant.wakeAtMs !== null ||
      tenant.lanes.length === 0 ||
      tenant.inFlight >= this.capacity.perTenant
    )
      return;
    tenant.isInTurn = true;
    this.#turns.push(tenant);
  }

  #isOriginFull(origin: string): boolean {
    return (this.#inFlightOfOrigin.get(origin) ?? 0) >= this.capacity.perOrigin;
  }

  #originQueue(origin: string): Queue<RunningLane> {
    let queue = this.#waitingForOrigin.get(origin);
    if (queue === undefined) {
      queue = new Queue();
      this.#waitingForOrigin.set(origin, queue);
    }
    return queue;
  }

  #tenant(name: string): Tenant {
    let tenant = this.#tenants.get(name);
    if (tenant === undefined) {
      tenant = { name, lanes: new Queue(), inFlight: 0, isInTurn: false, wakeAtMs: null, isRemoved: false };
      this.#tenants.set(name, tenant);
    }
    return tenant;
  }
}
