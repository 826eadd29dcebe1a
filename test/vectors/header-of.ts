import assert from "node:assert/strict";
import { headerValues } from "../../src/core/received-request.ts";

/** The value of a header that must stand there once. */
export function headerOf({ headers }: { readonly headers: readonly string[] }, name: string): string {
  const [value, ...others] = headerValues(headers, name);
  assert.ok(value !== undefined && others.length === 0, name);
  return value;
}
