/** What must be true of what an endpoint is sent, as a whole: checked when it is made and when it is changed. */
import type { Endpoint } from "../core/endpoint.ts";
import { type PayloadFormat, payloadRefusal } from "../core/endpoint-payload.ts";
import { signingHeaders } from "../core/endpoint-signing.ts";
import { TrotlineError } from "../core/errors.ts";
import { readTransform } from "./transform/transform.ts";

const members = [
  "method",
  "format",
  "compression",
  "batch",
  "transform",
  "maxInFlight",
  "ordering",
  "headers",
  "signing",
] as const;

/** How the names of the headers begin in which a format says what the event is. */
const formatHeaders: Readonly<Partial<Record<PayloadFormat, string>>> = {
  "cloudevents-binary": "ce-",
  raw: "trotline-event-",
};

/** Where a change says nothing of it, what it was before is not judged anew. */
export const changesPayload = (change: Partial<Endpoint>): boolean =>
  members.some((member) => change[member] !== undefined);

/** Refuses with `invalid-body`, `header-refused`, `transform-invalid` and `public-url-missing`. */
export function checkPayload(
  endpoint: Pick<Endpoint, (typeof members)[number]>,
  change: Partial<Endpoint>,
  publicUrl: string | null,
): void {
  const refusal = payloadRefusal(endpoint);
  if (refusal !== null) throw new TrotlineError("invalid-body", `${refusal.detail}.`, { field: refusal.field });
  checkHeaders(endpoint);
  if (typeof change.transform === "string") readTransform(change.transform);
  if (change.format === "thin" && publicUrl === null) {
    const detail = "`thin` names the URL at which an event can be fetched, and this server does not know its own.";
    throw new TrotlineError("public-url-missing", detail, { field: "/format" });
  }
}

/** What one header says, two cannot. */
function checkHeaders({ format, headers, signing }: Pick<Endpoint, "format" | "headers" | "signing">): void {
  const prefix = formatHeaders[format];
  if (prefix === undefined) return;
  const isTaken = (name: string): boolean => name.toLowerCase().startsWith(prefix);
  const own = Object.keys(headers).find(isTaken);
  const name = own ?? signingHeaders(signing).find(isTaken);
  if (name === undefined) return;
  const detail = `\`${name}\` belongs to the format \`${format}\`.`;
  throw new TrotlineError("header-refused", detail, { field: own === undefined ? "/signing" : `/headers/${own}` });
}
