/**
 * Stage 1 of 4: [publish] → dispatch → attempt → journal.
 * Reads what came, has it stored, and answers after that is durable: accepted means durable.
 */
import { TrotlineError } from "../core/errors.ts";
import { limits } from "../core/limits.ts";
import type { AppendedItem, AppendOutcome } from "../log/event-log.ts";
import { sha256 } from "../platform/hmac.ts";
import { conflictError, type PublishedItem, type PublisherOptions, publishedItem } from "./append-answers.ts";
import { publishLines } from "./publish-lines.ts";
import { readEvents } from "./read-events.ts";

export interface PublishAnswer {
  /** True when the body was an array. */
  readonly isBatch: boolean;
  readonly items: readonly PublishedItem[];
}

/** Who publishes, and how. */
export interface Publication {
  readonly keyId: string;
  readonly idempotencyKey: string | null;
  /** The one tenant that the key may publish for. */
  readonly boundTenant?: string | null;
}

export class Publisher {
  readonly #options: PublisherOptions;
  /** Idempotency keys whose first request is running. */
  readonly #running = new Set<string>();

  constructor(options: PublisherOptions) {
    this.#options = options;
  }

  /**
   * One event, or an array of them, in the JSON text `body`. Answers after they are durable; else a `TrotlineError`.
   */
  async publish(body: Uint8Array, options: Publication): Promise<PublishAnswer> {
    const { isBatch, events } = this.#read(body, options.boundTenant);
    const { keyId: scope, idempotencyKey: key } = options;
    const outcome =
      key === null
        ? await this.#options.events.append({ events, atomic: true, idempotency: null })
        : await this.#once(scope, checkedKey(key), () =>
            this.#options.events.append({
              events,
              atomic: true,
              idempotency: { scope, key, bodyHash: sha256(body) },
            }),
          );
    return { isBatch, items: this.#accepted(outcome) };
  }

  /**
   * NDJSON of any length. Yields text for the publisher: one JSON line for each line (in order; blank lines are passed
   * over), after its event is durable, and a last one that counts. Memory is bounded; a refused line does not stop it.
   */
  publishLines(chunks: AsyncIterable<Uint8Array>, boundTenant: string | null = null): AsyncIterable<string> {
    return publishLines(chunks, this.#readingFor(boundTenant));
  }

  /** A body that is refused counts as one event, whatever it would have held. */
  #read(body: Uint8Array, boundTenant: string | null | undefined): ReturnType<typeof readEvents> {
    try {
      return readEvents(body, this.#readingFor(boundTenant));
    } catch (error) {
      this.#options.onPublished({ stored: 0, duplicates: 0, refused: 1 });
      throw error;
    }
  }

  #readingFor(boundTenant: string | null | undefined): PublisherOptions {
    return typeof boundTenant === "string" ? { ...this.#options, boundTenant } : this.#options;
  }

  async #once(scope: string, key: string, append: () => Promise<AppendOutcome>): Promise<AppendOutcome> {
    const running = JSON.stringify([scope, key]);
    if (this.#running.has(running)) {
      throw new TrotlineError("idempotency-in-progress", "A request with this Idempotency-Key has not ended yet.", {
        retryAfterSeconds: 1,
      });
    }
    this.#running.add(running);
    try {
      return await append();
    } finally {
      this.#running.delete(running);
    }
  }

  #accepted(outcome: AppendOutcome): PublishedItem[] {
    if (outcome.kind === "idempotency-mismatch") {
      throw new TrotlineError("idempotency-mismatch", "The Idempotency-Key was used before with another body.");
    }
    const refused = refusal(outcome.items);
    if (refused !== null) {
      this.#options.onPublished({ stored: 0, duplicates: 0, refused: outcome.items.length });
      throw refused;
    }
    const { epochs } = this.#options.events.bounds();
    const isRepeat = outcome.kind === "repeated";
    let duplicates = 0;
    const items = outcome.items.map((item) => {
      const published = publishedItem(item, epochs);
      if (isRepeat || published.duplicate) duplicates += 1;
      return isRepeat ? { ...published, duplicate: true } : published;
    });
    this.#options.onPublished({ stored: items.length - duplicates, duplicates, refused: 0 });
    return items;
  }
}

/** The error of a request in which an id belongs to another event already; null where there is none. */
function refusal(items: readonly AppendedItem[]): TrotlineError | null {
  if (!items.some((item) => item.outcome === "conflict")) return null;
  const errors = items.flatMap((item, index) => {
    if (item.outcome !== "conflict") return [];
    const { code, message: detail } = conflictError(item.id);
    return [{ index, code, detail, field: "/id" }];
  });
  const [first] = errors;
  if (first === undefined) return null;
  if (items.length === 1) return conflictError(items[0]?.id ?? "");
  const detail = `Event ${first.index} of the batch: ${first.detail} Nothing of the batch was stored.`;
  return new TrotlineError(first.code, detail, { field: `/${first.index}/id`, errors });
}

function checkedKey(key: string): string {
  if (key.length >= 1 && key.length <= limits.idempotencyKeyLength && /^[\x20-\x7e]+$/.test(key)) return key;
  const detail = `An Idempotency-Key has 1 to ${limits.idempotencyKeyLength} printable ASCII characters.`;
  throw new TrotlineError("invalid-idempotency-key", detail);
}
