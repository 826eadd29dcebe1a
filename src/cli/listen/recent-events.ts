/** The last events, of which one may be chosen to be sent again. */
import type { PreparedEvent } from "./prepared-event.ts";

const eventsMax = 100;
const bytesMax = 32 * 1024 * 1024;

export class RecentEvents {
  readonly #events: PreparedEvent[] = [];
  #bytes = 0;
  /** Null: the newest, whichever that is. */
  #chosen: PreparedEvent | null = null;

  add(prepared: PreparedEvent): void {
    this.#events.push(prepared);
    this.#bytes += prepared.bytes;
    while (this.#events.length > 1 && (this.#events.length > eventsMax || this.#bytes > bytesMax)) this.#forgetOldest();
  }

  get chosen(): PreparedEvent | null {
    return this.#chosen ?? this.#events.at(-1) ?? null;
  }

  /** Back (-1) or forward (+1) from what is chosen; answers the new choice. */
  choose(step: -1 | 1): PreparedEvent | null {
    const last = this.#events.length - 1;
    const now = this.#chosen === null ? last : this.#events.indexOf(this.#chosen);
    const next = Math.max(0, Math.min(last, now + step));
    this.#chosen = next === last ? null : (this.#events[next] ?? null);
    return this.chosen;
  }

  #forgetOldest(): void {
    const oldest = this.#events.shift();
    this.#bytes -= oldest?.bytes ?? 0;
    if (this.#chosen === oldest) this.#chosen = null;
  }
}
