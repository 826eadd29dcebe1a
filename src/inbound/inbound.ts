/** What receiving is made of, put together once: see `receive.ts`. */
import type { Clock, Logger, Random, Sender } from "../core/ports.ts";
import type { EventLog } from "../log/event-log.ts";
import { parseAllowList } from "../platform/allow-list.ts";
import { BinRequests } from "./bins/bin-requests.ts";
import { ProviderTexts } from "./provider-texts.ts";
import { type InboundObserver, Receiving, type ReceivingOptions, type SourceBook } from "./receive.ts";
import type { SubjectOf } from "./store.ts";

export interface InboundParts {
  readonly sources: SourceBook;
  readonly events: Pick<EventLog, "append" | "bounds" | "catchUp" | "onAppended" | "read">;
  readonly sender: Sender;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly observer: InboundObserver & { watch(read: () => { requests: number; bytes: number }): void };
}

/** What an operator says of it. */
export interface InboundSettings {
  /** Addresses and ranges of proxies whose word counts: see `client-address.ts`. */
  readonly trustedProxies?: readonly string[];
  readonly publicUrl?: string | null;
  /** Absent: what is received has no subject. */
  readonly subjectOf?: SubjectOf;
  /** Tests have less room. */
  readonly receivingBounds?: ReceivingOptions["bounds"];
}

export function makeReceiving({ sender, ...parts }: InboundParts, settings: InboundSettings): Receiving {
  const { trustedProxies = [], publicUrl = null, subjectOf, receivingBounds } = settings;
  const texts = new ProviderTexts({ sender, clock: parts.clock });
  const receiving = new Receiving({
    ...parts,
    bins: new BinRequests({ ...parts, sender }),
    fetchText: (url) => texts.fetch(url),
    trustedProxies: parseAllowList(trustedProxies),
    publicUrl,
    ...(subjectOf && { subjectOf }),
    ...(receivingBounds && { bounds: receivingBounds }),
  });
  parts.observer.watch(() => receiving.inFlight);
  return receiving;
}
