/** How much is being received at once: the bound of memory under a flood. One source never takes it all. */
import { limits } from "../core/limits.ts";

interface Load {
  requests: number;
  bytes: number;
}

export interface IntakeBounds {
  readonly requests: number;
  readonly bytes: number;
}

/** The place of one request, from its headers to its answer. */
export interface Seat {
  /** The room that it has where nobody else of its source has any. */
  readonly bytesMax: number;
  /** Room for bytes of its body as they come; false where there is none. */
  take(bytes: number): boolean;
  leave(): void;
}

export class Intake {
  readonly #bounds: IntakeBounds;
  readonly #total: Load = { requests: 0, bytes: 0 };
  readonly #bySource = new Map<number, Load>();

  constructor(bounds: IntakeBounds = { requests: limits.receivingRequests, bytes: limits.receivingBytes }) {
    this.#bounds = bounds;
  }

  get requests(): number {
    return this.#total.requests;
  }

  get bytes(): number {
    return this.#total.bytes;
  }

  /** Null where there is no room. `expectedBytes` is what the request says that it will bring. */
  enter(sourceNumber: number, expectedBytes: number): Seat | null {
    const own = this.#bySource.get(sourceNumber) ?? { requests: 0, bytes: 0 };
    if (!this.#fits(own, 1, expectedBytes)) return null;
    this.#bySource.set(sourceNumber, own);
    own.requests += 1;
    this.#total.requests += 1;
    let taken = 0;
    return {
      bytesMax: this.#bounds.bytes / 2,
      // What is promised is not reserved: whoever promises much and sends nothing would keep others out.
      take: (bytes) => {
        if (!this.#fits(own, 0, bytes)) return false;
        taken += bytes;
        own.bytes += bytes;
        this.#total.bytes += bytes;
        return true;
      },
      leave: () => {
        own.requests -= 1;
        own.bytes -= taken;
        this.#total.requests -= 1;
        this.#total.bytes -= taken;
        taken = 0;
        if (own.requests === 0) this.#bySource.delete(sourceNumber);
      },
    };
  }

  #fits(own: Load, requests: number, bytes: number): boolean {
    const { requests: requestsMax, bytes: bytesMax } = this.#bounds;
    if (this.#total.requests + requests > requestsMax || this.#total.bytes + bytes > bytesMax) return false;
    return own.requests + requests <= Math.ceil(requestsMax / 2) && own.bytes + bytes <= bytesMax / 2;
  }
}
