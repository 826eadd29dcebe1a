/**
 * What has to be waited for before an event can be sent: its version, its transform, the turn of what takes long to
 * write, its compression. Part of stage 3.
 */
import type { AttemptResult } from "../../core/attempt.ts";
import type { Endpoint } from "../../core/endpoint.ts";
import type { StoredEvent } from "../../core/event.ts";
import { compress } from "../../platform/compress.ts";
import { TransformFailure, type Transforms } from "../../registry/transform/transform.ts";
import { type Content, PayloadFailure, unsent } from "./content.ts";

/** The event in the version that its endpoint wants. */
export type Adapt = (endpoint: Endpoint, event: StoredEvent) => StoredEvent | Promise<StoredEvent>;

export interface PreparationOptions {
  readonly transforms: Pick<Transforms, "run">;
  readonly adapt: Adapt;
}

/** Whether an endpoint's deliveries wait for nothing but the answer. */
export function isDirect(endpoint: Endpoint): boolean {
  const { transform, batch, compression, versions } = endpoint;
  if (isRewritten(endpoint) || Object.keys(versions).length > 0) return false;
  return transform === null && batch === null && compression === "none";
}

/** Data are read and written anew, and not only put into something. */
const isRewritten = ({ format, method }: Endpoint): boolean =>
  method === "GET" || format === "form" || format === "xml";

/** Bytes of data that take so long to write anew that others have a turn before: a millisecond, and up to 100. */
const longBytes = 4096;

export class Preparation {
  readonly #options: PreparationOptions;
  #lastTurn: Promise<void> = Promise.resolve();

  constructor(options: PreparationOptions) {
    this.#options = options;
  }

  /** The event as its endpoint wants it; null where the transform leaves it out. */
  async event(endpoint: Endpoint, event: StoredEvent): Promise<StoredEvent | null> {
    const adapted = Object.keys(endpoint.versions).length === 0 ? event : await this.#options.adapt(endpoint, event);
    const made = endpoint.transform === null ? adapted : await this.#transformed(endpoint.transform, adapted);
    if (made !== null && made.data.length > longBytes && isRewritten(endpoint)) await this.#turn();
    return made;
  }

  async #transformed(transform: string, event: StoredEvent): Promise<StoredEvent | null> {
    const data = await this.#options.transforms.run(transform, event);
    return data === null ? null : { ...event, data };
  }

  /** One for each turn of the event loop. */
  #turn(): Promise<void> {
    this.#lastTurn = this.#lastTurn.then(() => new Promise((resolve) => setImmediate(resolve)));
    return this.#lastTurn;
  }

  async content(endpoint: Endpoint, content: Content): Promise<Content> {
    const { compression } = endpoint;
    if (compression === "none" || content.body.length === 0) return content;
    return { ...content, sent: await compress(content.body, compression) };
  }
}

/** What becomes of an attempt that ended before it was sent; null where nobody foresaw the error. */
export function failureOf(error: unknown): AttemptResult | null {
  if (error instanceof TransformFailure)
    return unsent(error.isInterrupted ? "interrupted" : "transform", error.message);
  return error instanceof PayloadFailure ? unsent("payload", error.message) : null;
}
