/**
 * Hears NOTIFY, on one connection for all channels, and makes another where that one ends. What is sent meanwhile is
 * lost.
 */
import { Connection } from "./connection.ts";
import { parseStoreUrl, type StoreUrl } from "./store-url.ts";

export interface ListenerOptions {
  /** Without a pooler in between: those that share connections do not pass notifications on. */
  readonly url: string;
  /** Once for each time that nothing can be heard for longer than a moment. */
  readonly onDeaf?: (reason: string) => void;
}

/** Between looks at a connection on which nothing comes, and for its answer to one. */
const lookMs = 10_000;
const answerMs = 5000;
const pauseMs = { first: 200, most: 10_000 };
const failuresOfDeaf = 3;

export class Listener {
  readonly #options: ListenerOptions;
  readonly #url: StoreUrl;
  readonly #channels = new Map<string, (payload: string) => void>();
  #connection: Connection | null = null;
  #timer: NodeJS.Timeout | null = null;
  #failures = 0;
  #isClosed = false;

  constructor(options: ListenerOptions) {
    this.#options = options;
    this.#url = parseStoreUrl(options.url);
  }

  /** From now on. `channel` is of lower case letters and `_`, and has one who hears. */
  hear(channel: string, onNotify: (payload: string) => void): void {
    const isFirst = this.#channels.size === 0;
    this.#channels.set(channel, onNotify);
    if (isFirst) void this.#begin();
    else this.#connection?.script(`LISTEN ${channel}`).catch(() => {}); // Its end is noticed where it is looked at.
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    if (this.#timer !== null) clearTimeout(this.#timer);
    await this.#connection?.end(1000).catch(() => {});
  }

  async #begin(): Promise<void> {
    const url = this.#url;
    const address = url.addresses[this.#failures % url.addresses.length];
    if (address === undefined) return;
    const connection: Connection = new Connection({
      url,
      address,
      settings: {},
      onClose: () => this.#ended(connection),
      onNotify: (channel, payload) => this.#channels.get(channel)?.(payload),
    });
    this.#connection = connection;
    const listen = [...this.#channels.keys()].map((channel) => `LISTEN ${channel}`).join("; ");
    if (!(await this.#isAnswered(connection, listen))) {
      this.#ended(connection);
      return;
    }
    this.#failures = 0;
    this.#look(connection);
  }

  /** A connection that was cut without a word would be listened to for ever. */
  #look(connection: Connection): void {
    if (this.#isClosed || this.#connection !== connection) return;
    this.#timer = setTimeout(async () => {
      if (await this.#isAnswered(connection, "SELECT 1")) this.#look(connection);
      else this.#ended(connection);
    }, lookMs);
    this.#timer.unref();
  }

  async #isAnswered(connection: Connection, text: string): Promise<boolean> {
    const timer = setTimeout(() => connection.destroy(), answerMs);
    try {
      await connection.script(text);
      return true;
    } catch (error) {
      if (this.#failures + 1 === failuresOfDeaf && !this.#isClosed) this.#options.onDeaf?.((error as Error).message);
      return false;
    } finally {
      clearTimeout(timer);
    }
  }

  #ended(connection: Connection): void {
    if (this.#connection !== connection) return;
    connection.destroy();
    this.#connection = null;
    if (this.#timer !== null) clearTimeout(this.#timer);
    if (this.#isClosed) return;
    const delay = Math.min(pauseMs.most, pauseMs.first * 2 ** Math.min(this.#failures, 10));
    this.#failures += 1;
    this.#timer = setTimeout(() => void this.#begin(), delay * (1 - Math.random() / 2));
    this.#timer.unref();
  }
}
