/** Endpoints that other processes made, changed or deleted, read and applied in this one. */
import { isDeepStrictEqual } from "node:util";
import type { ConfigurationChanges } from "../log/configuration-changes.ts";
import type { RegistryStore } from "../log/registry-store.ts";
import type { ChangeTurns } from "./change-turns.ts";
import type { ChangedKeys } from "./configuration-watch.ts";
import type { EndpointTable } from "./endpoint-table.ts";

/** Read by one statement. */
const endpointsPerRead = 500;

export interface EndpointFollowingParts {
  readonly changes: ConfigurationChanges;
  readonly store: RegistryStore;
  readonly turns: ChangeTurns;
  readonly table: EndpointTable;
  /** It was found to be gone, and was not known here. */
  readonly gone: (endpointNumber: number) => void;
}

/** Told of what changed; and again of what was not applied, because the store could not be read. */
export function followEndpoints(parts: EndpointFollowingParts): (keys: ChangedKeys) => Promise<void> {
  return async (keys) => {
    const numbers = keys === null ? await allNumbers(parts) : [...keys].map(Number);
    for (let first = 0; first < numbers.length; first += endpointsPerRead) {
      const some = numbers.slice(first, first + endpointsPerRead);
      // In turn: what is read is not older than what this process knows of its own changes.
      await parts.turns.inTurn(() => apply(parts, some));
    }
  };
}

async function allNumbers({ store, table }: EndpointFollowingParts): Promise<number[]> {
  const { endpoints } = await store.load();
  return [...new Set([...endpoints.map(({ number }) => number), ...table.numbers()])];
}

async function apply({ changes, table, gone }: EndpointFollowingParts, numbers: readonly number[]): Promise<void> {
  const read = await changes.endpoints(numbers);
  const found = new Map(read.map((one) => [one.endpoint.number, one]));
  for (const number of numbers) {
    const before = table.byNumber(number);
    const after = found.get(number);
    if (after === undefined) {
      if (before === undefined) gone(number);
      else table.remove(before);
    } else if (before === undefined) {
      table.put(after.endpoint, after.readPosition);
    } else if (!isDeepStrictEqual(before, after.endpoint)) {
      table.put(after.endpoint);
    }
  }
}
