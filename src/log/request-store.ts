/** What one process asks of whichever runs a shard. Only these two know what the content says. */
export interface NewRequest {
  readonly id: string;
  /** The process that asks. */
  readonly from: string;
  /** Whoever runs this shard, or will in a moment, is to do it. */
  readonly shard: number;
  /** What it is about: so that those of one keep no room from others. */
  readonly tenant: string;
  readonly endpoint: string;
  readonly content: Uint8Array;
}

export interface TakenRequest extends Pick<NewRequest, "id" | "tenant" | "endpoint"> {
  readonly content: Uint8Array;
  /** It may be begun for so long, counted from before it was taken: then whoever asks was told that it is lost. */
  readonly remainingMs: number;
}

export interface RequestTaking {
  readonly processId: string;
  readonly shards: readonly number[];
  readonly limit: number;
  /** None of these is taken: what they may have is being done already. */
  readonly full: { readonly tenants: readonly string[]; readonly endpoints: readonly string[] };
}

/** `untaken`: nobody took it in time, and nobody will. `lost`: somebody took it and was not heard of any more. */
export type RequestEnd =
  | { readonly id: string; readonly outcome: "answered"; readonly content: Uint8Array }
  | { readonly id: string; readonly outcome: "untaken" | "lost" };

/**
 * Requests between processes that share a store: they pass through it, and none stays. Each method is one transaction,
 * and rejects as `EventLog` does. Times are the store's own (`requestTakenWithinMs` and those after it, in
 * `core/limits.ts`). Both sides are told of news by the pulse of the kind `requests`.
 */
export interface RequestStore {
  ask(request: NewRequest): Promise<void>;
  /** The oldest first. None is given to two, nor when it was not taken in time. */
  take(by: RequestTaking): Promise<readonly TakenRequest[]>;
  /** Not done: another may take it, for as long as it could have been taken anyway. */
  putBack(id: string, processId: string): Promise<void>;
  /** Who took them works on them still. */
  renew(ids: readonly string[], processId: string): Promise<void>;
  /** Nothing happens where it was given up meanwhile. */
  answer(id: string, processId: string, content: Uint8Array): Promise<void>;
  /** Of those that this process asked: what has ended. The store forgets it, and what dead processes asked. */
  ended(from: string): Promise<readonly RequestEnd[]>;
}
