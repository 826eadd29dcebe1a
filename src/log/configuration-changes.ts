import type { Endpoint } from "../core/endpoint.ts";
import { TrotlineError } from "../core/errors.ts";
import type { EventType } from "../core/event-type.ts";
import type { KeyRecord } from "../core/key.ts";
import type { Source } from "../core/source.ts";

export const configurationKinds = ["endpoint", "source", "key", "consumer", "replay", "event_type"] as const;
export type ConfigurationKind = (typeof configurationKinds)[number];

export interface ConfigurationChange {
  /** Dense, and in the order of commits. */
  readonly sequence: number;
  readonly kind: ConfigurationKind;
  /** A number, an id or a name; of a consumer `tenant name`. */
  readonly key: string;
}

export interface ConfigurationNews {
  /** In the order of commits; this process's own are among them. */
  readonly changes: readonly ConfigurationChange[];
  /** Of the last change that there is. */
  readonly head: number;
  /**
   * False: some are not known any more, because they were too many, or because the database was put back to an older
   * copy. Everything is to be loaded again.
   */
  readonly isComplete: boolean;
}

/** As much as whoever changes something has heard of what others changed. */
export interface BuiltOn {
  readonly through: number;
  /** Of these he looked at all there is, and not only at what he changes. */
  readonly kinds: readonly ConfigurationKind[];
}

/** An endpoint, and where its lane begins: null where that is not stored any more, because it has run. */
export interface ReadEndpoint {
  readonly endpoint: Endpoint;
  readonly readPosition: number | null;
}

/**
 * What changed of what is configured, by whatever process, for one that has it in memory. Where keys are given, what is
 * not there any more is left out of the answer. Rejects as `EventLog` does.
 */
export interface ConfigurationChanges {
  /** The sequence of the last change; 0 where there was none. */
  head(): Promise<number>;
  /** What came since. */
  since(sequence: number): Promise<ConfigurationNews>;
  endpoints(numbers: readonly number[]): Promise<readonly ReadEndpoint[]>;
  keys(ids: readonly string[]): Promise<readonly KeyRecord[]>;
  sources(numbers: readonly number[]): Promise<readonly Source[]>;
  eventTypes(names: readonly string[]): Promise<readonly EventType[]>;
}

/** Another process changed what a change was built on: nothing is stored, and it is to be made anew on what is now. */
export class StaleChangeError extends TrotlineError {
  constructor() {
    super("change-contended", "Another process changed the same at the same time.");
  }
}
