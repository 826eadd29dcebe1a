/** Changes the secrets of endpoints, and forgets those whose time is over. */
import type { Endpoint } from "../core/endpoint.ts";
import { TrotlineError } from "../core/errors.ts";
import { limits } from "../core/limits.ts";
import type { Clock, Random } from "../core/ports.ts";
import { nextEndMs, retiringAtStart, rotated, stillRetiring } from "../core/secret-rotation.ts";
import { checkSecret, freshSecret } from "./signing-check.ts";

/** What a change comes to, once it is its turn; null leaves the endpoint as it is. */
export type Change = (before: Endpoint) => Partial<Endpoint> | null;

export interface RotationOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly replace: (id: string, change: Change) => Promise<Endpoint>;
}

export interface RotationInput {
  /** One is made where absent. */
  readonly secret?: string;
  /** How long the secrets before it go on signing. */
  readonly graceMs: number;
}

/** A longer wait is cut into pieces: a suspended machine counts as time that has passed, for a timer it does not. */
const waitMsMax = 60_000;
/** A store that could not be written is tried again after this; what has ended signs no more whether it can or not. */
const againMs = 10_000;

export class Rotation {
  readonly #options: RotationOptions;
  /** When the next secret of an endpoint ends. */
  readonly #ends = new Map<string, number>();
  #timer: NodeJS.Timeout | null = null;
  #wakeAtMs = Number.POSITIVE_INFINITY;
  #isClosed = false;

  constructor(options: RotationOptions) {
    this.#options = options;
  }

  /** `endpoint-not-found`, `secret-invalid`, or `secret-limit` where too many are retiring. */
  rotate(id: string, { secret, graceMs }: RotationInput): Promise<Endpoint> {
    const { clock, random, replace } = this.#options;
    return replace(id, (before) => {
      const field = "/secret";
      if (before.signing.scheme === "none") {
        throw new TrotlineError("secret-invalid", "What is not signed has no secret.", { field });
      }
      if (secret !== undefined) checkSecret(before, secret, field);
      const newest = secret ?? freshSecret(before, random);
      const change = rotated(before, { secret: newest, graceMs, nowMs: clock.steadyMs() });
      if (change !== null) return change;
      const detail = `${limits.secretsPerEndpoint} secrets sign already, the newest and those in their grace.`;
      throw new TrotlineError("secret-limit", detail);
    });
  }

  /** As it is stored, with no grace longer than it was given for. */
  atStart(endpoint: Endpoint): Endpoint {
    if (endpoint.retiringSecrets.length === 0) return endpoint;
    const retiringSecrets = retiringAtStart(endpoint.retiringSecrets, this.#options.clock.steadyMs());
    return { ...endpoint, retiringSecrets };
  }

  /** The endpoint is new, or as it is from now on. */
  put(endpoint: Endpoint): void {
    const endMs = nextEndMs(endpoint);
    if (endMs === null) {
      this.#ends.delete(endpoint.id);
      return;
    }
    this.#ends.set(endpoint.id, endMs);
    if (endMs < this.#wakeAtMs) this.#wakeAt(endMs);
  }

  remove({ id }: Endpoint): void {
    this.#ends.delete(id);
  }

  close(): void {
    this.#isClosed = true;
    if (this.#timer !== null) clearTimeout(this.#timer);
  }

  #wakeAt(atMs: number): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#wakeAtMs = atMs;
    if (this.#isClosed || atMs === Number.POSITIVE_INFINITY) return;
    const waitMs = Math.min(Math.max(1, atMs - this.#options.clock.steadyMs()), waitMsMax);
    this.#timer = setTimeout(() => void this.#forgetEnded(), waitMs).unref();
  }

  async #forgetEnded(): Promise<void> {
    const nowMs = this.#options.clock.steadyMs();
    let isStored = true;
    for (const [id, endMs] of this.#ends) if (endMs <= nowMs) isStored = (await this.#forget(id)) && isStored;
    let nextMs = Number.POSITIVE_INFINITY;
    for (const endMs of this.#ends.values()) nextMs = Math.min(nextMs, endMs);
    this.#wakeAt(isStored ? nextMs : nowMs + againMs);
  }

  /** False where the store could not be written. */
  async #forget(id: string): Promise<boolean> {
    try {
      await this.#options.replace(id, (before) => {
        const retiringSecrets = stillRetiring(before, this.#options.clock.steadyMs());
        return retiringSecrets.length === before.retiringSecrets.length ? null : { retiringSecrets };
      });
      return true;
    } catch (error) {
      if (error instanceof TrotlineError && error.code === "endpoint-not-found") this.#ends.delete(id);
      return false;
    }
  }
}
