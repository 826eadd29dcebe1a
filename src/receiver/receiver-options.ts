/** What a program says of its receiver. */
import type { ExhaustionRule } from "../core/endpoint-order.ts";
import type { Logger } from "../core/ports.ts";
import type { CustomSchemeInput } from "../core/scheme.ts";
import type { Source } from "../core/source.ts";
import type { Handles } from "./handle.ts";
import type { OrderBy } from "./order-by.ts";

export interface ReceiverSource
  extends Partial<
    Pick<Source, "methods" | "allowAddresses" | "bodyBytesMax" | "rate" | "deduplication" | "answer" | "description">
  > {
  /** A preset by its name, a scheme of one's own, or `unverified`: everyone is believed. */
  readonly scheme: string | CustomSchemeInput;
  /** Each of several verifies; the first is the newest. */
  readonly secret?: string | readonly string[] | undefined;
  /** What the preset asks for beside secrets. */
  readonly settings?: Readonly<Record<string, string>>;
  /** In place of the receiver's. */
  readonly orderBy?: OrderBy | undefined;
}

export interface ReceiverOptions {
  /** Where events are kept: a folder that one process uses at a time, or `memory`, which keeps nothing. */
  readonly folder: string;
  /** By the name that is in the URL, and the first part of their events' types. */
  readonly sources: Readonly<Record<string, ReceiverSource>>;
  readonly handle: Handles;
  /** Where the sources are, `/in` by default: GitHub's requests come to `/in/github`. */
  readonly path?: string;
  readonly orderBy?: OrderBy | undefined;
  /** What becomes of those behind an event of the same key that used up its retries: they go on (`park`) or wait. */
  readonly onExhausted?: ExhaustionRule;
  /** Events of one source that are handled at once; 8 by default. */
  readonly concurrency?: number;
  /** The wait after each attempt that failed; behind the last the event is a dead letter. */
  readonly retryDelaysMs?: readonly number[];
  /** How long one attempt may take; a minute by default. */
  readonly timeoutMs?: number;
  /** How long events are kept, handled or not; 30 days by default. */
  readonly retentionAgeMs?: number;
  /** Bytes that the folder may take; as many as there are by default. */
  readonly storeBytesMax?: number | null;
  /** Addresses and ranges of proxies whose word counts. */
  readonly trustedProxies?: readonly string[];
  /** Where providers reach this program, without a path: some sign the URL. */
  readonly publicUrl?: string | null;
  /** How long attempts under way may take to end when the receiver closes; ten seconds by default. */
  readonly shutdownGraceMs?: number;
  /** Lines of JSON on standard error by default, from `warn` on. */
  readonly logger?: Logger;
}
