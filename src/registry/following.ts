/** Sources, keys and event types that other processes made, changed or removed, read and applied in this one. */
import { isDeepStrictEqual } from "node:util";
import type { ChangeTurns } from "./change-turns.ts";
import type { Follower } from "./configuration-watch.ts";

export interface FollowedDocuments<Document> {
  readonly turns: ChangeTurns;
  readonly keyOf: (document: Document) => string;
  /** Those that are there; without keys all of them. */
  readonly read: (keys: readonly string[] | null) => Promise<readonly Document[]>;
  /** As this process knows it. */
  readonly known: (key: string) => Document | undefined;
  readonly keys: () => Iterable<string>;
  readonly put: (document: Document, before: Document | undefined) => void;
  readonly remove: (before: Document) => void;
}

/** Told of what changed; and again of what was not applied, because the store could not be read. */
export function followDocuments<Document>(documents: FollowedDocuments<Document>): Follower {
  const { turns, keyOf, read, known, put, remove } = documents;
  // In turn: what is read is not older than what this process knows of its own changes.
  return (keys) =>
    turns.inTurn(async () => {
      const found = new Map((await read(keys === null ? null : [...keys])).map((one) => [keyOf(one), one]));
      // First what is gone: its name may be another's by now.
      for (const key of keys ?? [...documents.keys()]) {
        const before = known(key);
        if (before !== undefined && !found.has(key)) remove(before);
      }
      for (const [key, document] of found) {
        const before = known(key);
        if (!isDeepStrictEqual(before, document)) put(document, before);
      }
    });
}
