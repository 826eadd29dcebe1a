/** One fetch of a consumer while it is served: [page → wait], unless something ends it before. */
import type { TrotlineError } from "../core/errors.ts";
import type { Feed, FeedPage, WaitQuery } from "./feed.ts";

/** What a fetch needs of the feed. */
export type Pages = Pick<Feed, "page" | "wait">;

/**
 * An error is its answer (its lease was taken away). `changed`: it would wait for the wrong events, and is answered
 * with none. `gone`: there is nobody to answer.
 */
export type Interruption = TrotlineError | "changed" | "gone";

export class ConsumerFetch {
  readonly token: string;
  readonly #pages: Pages;
  #interruption: Interruption | null = null;
  #endWait: (() => void) | null = null;

  constructor(token: string, pages: Pages) {
    this.token = token;
    this.#pages = pages;
  }

  /** The first interruption counts. */
  interrupt(interruption: Interruption): void {
    this.#interruption ??= interruption;
    this.#endWait?.();
  }

  /** What there is beyond `after`, or what comes within the wait. Null where the client is gone. */
  async page(query: WaitQuery): Promise<FeedPage | null> {
    const page = await this.#pages.page(query);
    const isAnswer = page.events.length > 0 || page.more || query.waitMs === 0 || this.#interruption !== null;
    return isAnswer ? this.#ended(page) : this.wait({ ...query, after: page.through });
  }

  /** What comes beyond `after` within the wait. Null where the client is gone. */
  async wait(query: WaitQuery): Promise<FeedPage | null> {
    const none = { events: [], through: query.after, more: false };
    return this.#ended(this.#interruption === null ? await this.#wait(query) : none);
  }

  #ended(answer: FeedPage): FeedPage | null {
    const interruption: Interruption | null = this.#interruption;
    if (interruption === "gone") return null;
    if (interruption !== null && interruption !== "changed") throw interruption;
    return answer;
  }

  #wait(query: WaitQuery): Promise<FeedPage> {
    return new Promise((resolve) => {
      const waiting = this.#pages.wait(query, (page) => {
        this.#endWait = null;
        resolve(page);
      });
      this.#endWait = () => {
        waiting.cancel();
        resolve({ events: [], through: query.after, more: false });
      };
    });
  }
}
