/** What schemes fetch from providers, such as the certificates that AWS signs with: seldom, and kept for a while. */
import type { Clock, Sender } from "../core/ports.ts";

interface Kept {
  readonly text: string;
  readonly fetchedAtMs: number;
}

const freshMs = 3_600_000;
/** Where a provider cannot be reached, what it said before holds for so long. */
const usableMs = 24 * 3_600_000;
/** What could not be had is not asked for again before this: whoever sends chooses among the provider's URLs. */
const failureMs = 10_000;
const keptMax = 100;
const timeoutMs = 5000;
const fetchingMax = 8;
const nothing = new Uint8Array(0);

/** By the guarded sender, which refuses addresses that are not public; a redirect is not followed. */
export class ProviderTexts {
  readonly #sender: Sender;
  readonly #clock: Pick<Clock, "steadyMs">;
  /** In the order of their last use. What failed is beside it: no flood of such URLs pushes out what is good. */
  readonly #kept = new Map<string, Kept>();
  readonly #failedUntilMs = new Map<string, number>();
  readonly #underway = new Map<string, Promise<string>>();

  constructor(machine: { readonly sender: Sender; readonly clock: Pick<Clock, "steadyMs"> }) {
    this.#sender = machine.sender;
    this.#clock = machine.clock;
  }

  /** Rejects where it cannot be had just now. */
  async fetch(url: string): Promise<string> {
    const known = this.#kept.get(url);
    if (known !== undefined) this.#use(url, known);
    const ageMs = known === undefined ? Number.POSITIVE_INFINITY : this.#clock.steadyMs() - known.fetchedAtMs;
    if (known !== undefined && ageMs < freshMs) return known.text;
    try {
      return await this.#fetchOnce(url);
    } catch (error) {
      if (known !== undefined && ageMs < usableMs) return known.text;
      throw error;
    }
  }

  /** One request for all who wait for the same. */
  #fetchOnce(url: string): Promise<string> {
    const underway = this.#underway.get(url);
    if (underway !== undefined) return underway;
    if ((this.#failedUntilMs.get(url) ?? 0) > this.#clock.steadyMs()) {
      return Promise.reject(new Error("it could not be fetched a moment ago"));
    }
    if (this.#underway.size >= fetchingMax) {
      return Promise.reject(new Error("too much is being fetched from providers"));
    }
    const text = this.#ask(url).finally(() => this.#underway.delete(url));
    this.#underway.set(url, text);
    return text;
  }

  async #ask(url: string): Promise<string> {
    const answer = await this.#sender.send({ url, method: "GET", headers: [], body: nothing, timeoutMs });
    const failure =
      answer.status !== 200
        ? (answer.errorDetail ?? `the provider answered ${answer.status}`)
        : answer.responseTruncated
          ? "the provider's answer is too long"
          : null;
    const nowMs = this.#clock.steadyMs();
    if (failure !== null) {
      makeRoom(this.#failedUntilMs);
      this.#failedUntilMs.set(url, nowMs + failureMs);
      throw new Error(failure);
    }
    const text = Buffer.from(answer.responseBody).toString("utf8");
    this.#use(url, { text, fetchedAtMs: nowMs });
    return text;
  }

  #use(url: string, kept: Kept): void {
    this.#kept.delete(url);
    makeRoom(this.#kept);
    this.#kept.set(url, kept);
  }
}

function makeRoom(map: Map<string, unknown>): void {
  if (map.size >= keptMax) map.delete(map.keys().next().value ?? "");
}
