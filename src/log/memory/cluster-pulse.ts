import type { ClusterPulse, PulseKind } from "../cluster-pulse.ts";
import type { MemoryData } from "./data.ts";

/** The reference of `ClusterPulse`: each store on the same data is told of what any of them changed. */
export class MemoryClusterPulse implements ClusterPulse {
  readonly #data: MemoryData;

  constructor(data: MemoryData) {
    this.#data = data;
  }

  listen(kind: PulseKind, told: () => void): void {
    this.#data.pulseListeners.add({ kind, told });
  }
}
