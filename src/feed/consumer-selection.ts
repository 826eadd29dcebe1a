/** What one consumer takes, made ready once for each setting. */
import type { Consumer } from "../core/consumer.ts";
import { ConsumerLag } from "./consumer-lag.ts";
import { selectsSame } from "./consumer-settings.ts";
import type { Ready } from "./consumer-views.ts";
import { makeSelection } from "./selection.ts";

export class ConsumerSelection {
  #ready: (Ready & { readonly of: Consumer }) | null = null;

  /** Refuses with `filter-invalid`. */
  ready(consumer: Consumer): Ready {
    if (this.#ready === null || !selectsSame(this.#ready.of, consumer)) {
      this.#ready = { of: consumer, selection: makeSelection(consumer), lag: new ConsumerLag() };
    }
    return this.#ready;
  }
}
