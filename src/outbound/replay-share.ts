import type { ReadyLanes, Slot } from "./ready-lanes.ts";
import type { RunningLane } from "./running-lane.ts";

/**
 * The room of replays: within that of retries, and never more than a quarter of the process, half of a tenant and half
 * of an origin, so that however many replays run, first attempts and retries have theirs.
 */
export class ReplayShare {
  readonly #ready: ReadyLanes;
  #inFlight = 0;
  readonly #ofTenant = new Map<string, number>();
  readonly #ofOrigin = new Map<string, number>();

  constructor(ready: ReadyLanes) {
    this.#ready = ready;
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
