import { fullBucket, type TokenBucket, takeToken, tokenAtMs } from "../core/token-bucket.ts";
import type { ReadyLanes, Slot } from "./ready-lanes.ts";
import type { RunningLane } from "./running-lane.ts";

/**
 * While live events are sent, all replays together send no more than this: each attempt takes some 50 µs of a
 * processor, and a live event that comes meanwhile waits for those that came before it.
 */
const besideLive = { perSecond: 2000, burst: 4 };
/** Live events are being sent as long as one was, not longer ago than this. */
const liveForMs = 250;

/**
 * The room of replays: within that of retries, and never more than a quarter of the process, half of a tenant and half
 * of an origin, so that however many replays run, first attempts and retries have theirs.
 */
export class ReplayShare {
  readonly #ready: ReadyLanes;
  #inFlight = 0;
  /** Null while nothing else is sent: then replays go as fast as they can. */
  #bucket: TokenBucket | null = null;
  #liveSeen: number;
  #liveAtMs = Number.NEGATIVE_INFINITY;
  readonly #ofTenant = new Map<string, number>();
  readonly #ofOrigin = new Map<string, number>();

  constructor(ready: ReadyLanes) {
    this.#ready = ready;
    this.#liveSeen = ready.liveStarted;
  }

  /**
   * When live events, and the rates of the endpoint and its tenant, have room for a replay: now or earlier where they
   * have.
   */
  mayAtMs(running: RunningLane, nowMs: number): number {
    return Math.max(this.#ready.replayMayAtMs(running, nowMs), this.#besideLiveAtMs(nowMs));
  }

  #besideLiveAtMs(nowMs: number): number {
    const { liveStarted } = this.#ready;
    if (liveStarted !== this.#liveSeen) {
      this.#liveSeen = liveStarted;
      this.#liveAtMs = nowMs;
    }
    if (nowMs - this.#liveAtMs > liveForMs) this.#bucket = null;
    else this.#bucket ??= fullBucket(besideLive, nowMs);
    return this.#bucket === null ? nowMs : tokenAtMs(this.#bucket, nowMs);
  }

  /** Null while there is no room. */
  take(running: RunningLane): Slot | null {
    const { perProcess, perTenant, perOrigin } = this.#ready.capacity;
    const { origin } = running;
    const { tenant } = running.endpoint;
    const hasRoom =
      this.#inFlight < atLeastOne(perProcess / 4) &&
      (this.#ofTenant.get(tenant) ?? 0) < atLeastOne(perTenant / 2) &&
      (this.#ofOrigin.get(origin) ?? 0) < atLeastOne(perOrigin / 2) &&
      this.#ready.hasRoomBeside(running);
    if (!hasRoom) return null;
    if (this.#bucket !== null) takeToken(this.#bucket, this.#bucket.atMs);
    this.#inFlight += 1;
    add(this.#ofTenant, tenant, 1);
    add(this.#ofOrigin, origin, 1);
    return this.#ready.started(running, true);
  }

  /** The slot itself goes back to the lanes (see `Dispatcher.roomFreed`). */
  release(slot: Slot): void {
    this.#inFlight -= 1;
    add(this.#ofTenant, slot.tenant, -1);
    add(this.#ofOrigin, slot.origin, -1);
  }
}

const atLeastOne = (share: number): number => Math.max(1, Math.floor(share));

function add(counts: Map<string, number>, name: string, change: number): void {
  const count = (counts.get(name) ?? 0) + change;
  if (count === 0) counts.delete(name);
  else counts.set(name, count);
}
