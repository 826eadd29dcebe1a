/** Event types as the form offers them. */
import type { EventType } from "../../../sdk/wire.ts";

export interface TypeGroup {
  /** Null: of types that have none. */
  readonly name: string | null;
  readonly types: readonly EventType[];
}

/** In the order of their names; those without a group last. */
export function groupsOf(eventTypes: readonly EventType[]): readonly TypeGroup[] {
  const groups = Map.groupBy(eventTypes, ({ group }) => group);
  return [...groups]
    .map(([name, types]) => ({ name, types }))
    .sort((left, right) => {
      if (left.name === null || right.name === null) return left.name === null ? 1 : -1;
      return left.name.localeCompare(right.name);
    });
}

/** A leading star is one part; one at the end is one or more; alone it is everything. */
export function takes(pattern: string, type: string): boolean {
  if (pattern === "*" || pattern === type) return true;
  const wanted = pattern.split(".");
  const parts = type.split(".");
  const isOpen = wanted.length > 1 && wanted.at(-1) === "*";
  if (isOpen ? parts.length < wanted.length : parts.length !== wanted.length) return false;
  return wanted.every((part, index) => part === "*" || part === parts[index]);
}

/** The pattern, other than the type itself, that takes it. */
export const takenBy = (patterns: readonly string[], type: string): string | undefined =>
  patterns.find((pattern) => pattern !== type && takes(pattern, type));
