/**
 * Stage 3 of 4: publish → dispatch → [attempt] → journal. An endpoint that is a URL: builds what is sent, signs it, says
 * who sends it, and sends it. Where nothing has to be waited for but the answer, there is one promise, the sender's.
 */
import type { AttemptResult } from "../core/attempt.ts";
import type { Endpoint } from "../core/endpoint.ts";
import type { StoredEvent } from "../core/event.ts";
import type { Clock, Sender } from "../core/ports.ts";
import type { EndpointKindPort } from "./attempt.ts";
import { type Content, Payloads } from "./payload.ts";
import { signatureHeaders } from "./signing.ts";

export const userAgent = "Trotline/1 (webhook)";

export class HttpKind implements EndpointKindPort {
  readonly #sender: Sender;
  readonly #clock: Clock;
  readonly #payloads = new Payloads();
  /** Headers that are the same for every attempt at an endpoint. */
  readonly #fixedHeaders = new WeakMap<Endpoint, string[]>();

  constructor(machine: { sender: Sender; clock: Clock }) {
    this.#sender = machine.sender;
    this.#clock = machine.clock;
  }

  attempt(endpoint: Endpoint, event: StoredEvent): Promise<AttemptResult> {
    return this.#send(endpoint, event.id, this.#payloads.of(endpoint, event));
  }

  #send(endpoint: Endpoint, id: string, content: Content): Promise<AttemptResult> {
    const timestampSeconds = Math.floor(this.#clock.wallMs() / 1000);
    const { method, url } = endpoint;
    return this.#sender.send({
      url,
      method,
      commonHeaders: this.#headersOf(endpoint, content),
      headers: signatureHeaders(endpoint, { id, timestampSeconds, body: content.body, method, url }),
      body: content.body,
      timeoutMs: endpoint.timeoutMs,
    });
  }

  #headersOf(endpoint: Endpoint, content: Content): string[] {
    let headers = this.#fixedHeaders.get(endpoint);
    if (headers === undefined) {
      headers = [
        "content-type",
        content.contentType,
        "user-agent",
        userAgent,
        ...Object.entries(endpoint.headers).flat(),
      ];
      this.#fixedHeaders.set(endpoint, headers);
    }
    return headers;
  }
}
