/** Stage 3 of 4: publish → dispatch → [attempt] → journal. Builds the bytes of one delivery, signs them, sends them. */
import type { AttemptResult } from "../core/attempt.ts";
import type { Endpoint } from "../core/endpoint.ts";
import type { StoredEvent } from "../core/event.ts";
import type { Clock, Sender } from "../core/ports.ts";
import { signStandardWebhook } from "../platform/hmac.ts";
import { Payloads } from "./payload.ts";

export const userAgent = "Trotline/1 (webhook)";

export class Attempter {
  readonly #sender: Sender;
  readonly #clock: Clock;
  readonly #payloads = new Payloads();
  /** Headers that are the same for every attempt at an endpoint. */
  readonly #fixedHeaders = new WeakMap<Endpoint, string[]>();

  constructor(machine: { sender: Sender; clock: Clock }) {
    this.#sender = machine.sender;
    this.#clock = machine.clock;
  }

  /** Never rejects: whatever goes wrong is a result. */
  attempt(endpoint: Endpoint, event: StoredEvent): Promise<AttemptResult> {
    const body = this.#payloads.standard(event);
    const timestampSeconds = Math.floor(this.#clock.wallMs() / 1000);
    const signature = signStandardWebhook({ secrets: endpoint.secrets, id: event.id, timestampSeconds, body });
    return this.#sender.send({
      url: endpoint.url,
      method: "POST",
      commonHeaders: this.#headersOf(endpoint),
      headers: ["webhook-id", event.id, "webhook-timestamp", String(timestampSeconds), "webhook-signature", signature],
      body,
      timeoutMs: endpoint.timeoutMs,
    });
  }

  #headersOf(endpoint: Endpoint): string[] {
    let headers = this.#fixedHeaders.get(endpoint);
    if (headers === undefined) {
      headers = [
        "content-type",
        "application/json",
        "user-agent",
        userAgent,
        ...Object.entries(endpoint.headers).flat(),
      ];
      this.#fixedHeaders.set(endpoint, headers);
    }
    return headers;
  }
}
