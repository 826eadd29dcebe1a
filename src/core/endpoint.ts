import type { CommandSettings } from "./endpoint-command.ts";
import type { EndpointKind } from "./endpoint-kind.ts";
import { type OrderSettings, orderDefaults } from "./endpoint-order.ts";
import { type PaceSettings, paceDefaults } from "./endpoint-pace.ts";
import { type PayloadSettings, payloadDefaults } from "./endpoint-payload.ts";
import { type ReachSettings, reachDefaults } from "./endpoint-reach.ts";
import { type SelectionSettings, selectionDefaults } from "./endpoint-selection.ts";
import { type SigningSettings, signingDefaults } from "./endpoint-signing.ts";
import { limits } from "./limits.ts";
import { defaultRetryPolicy, type RetryPolicy } from "./retry-policy.ts";

/**
 * `enabled`: its lane runs. `paused`: a person stopped it. `disabled`: Trotline stopped it (410, or too long without
 * success). The last two keep their cursor.
 */
export type EndpointStatus = "enabled" | "paused" | "disabled";
export type DisabledReason = "gone" | "failing";

/** What a person may set, beside what every endpoint has; each group has a file of its own. */
export interface EndpointFacets
  extends SelectionSettings,
    PayloadSettings,
    SigningSettings,
    ReachSettings,
    PaceSettings,
    OrderSettings {}

/** A place that events are pushed to: a cursor that Trotline moves. */
export interface Endpoint extends EndpointFacets {
  readonly id: string;
  /** Small and never used again; stands for the id in the journal. */
  readonly number: number;
  readonly kind: EndpointKind;
  readonly tenant: string;
  /** Empty where the kind is not `http`. */
  readonly url: string;
  /** Of the kind `command`, else null. */
  readonly command: CommandSettings | null;
  /** Of the kind `handler`: the name under which the code is registered; else null. */
  readonly handler: string | null;
  readonly description: string;
  /** Patterns of event types; empty takes all (see `filter.ts`). */
  readonly types: readonly string[];
  readonly headers: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
  readonly retry: RetryPolicy;
  readonly maxInFlight: number;
  /** Disabled after this long without a success while attempts fail; null never. */
  readonly disableAfterMs: number | null;
  /** Every one signs; the first is the newest. */
  readonly secrets: readonly string[];
  readonly status: EndpointStatus;
  readonly disabledReason: DisabledReason | null;
  readonly createdAtMs: number;
  readonly updatedAtMs: number;
}

export const facetDefaults: EndpointFacets = {
  ...selectionDefaults,
  ...payloadDefaults,
  ...signingDefaults,
  ...reachDefaults,
  ...paceDefaults,
  ...orderDefaults,
};

export const endpointDefaults = {
  ...facetDefaults,
  kind: "http" as EndpointKind,
  command: null as CommandSettings | null,
  handler: null as string | null,
  description: "",
  types: [] as readonly string[],
  headers: {} as Readonly<Record<string, string>>,
  timeoutMs: limits.timeoutMsDefault,
  retry: defaultRetryPolicy,
  maxInFlight: limits.maxInFlightDefault,
  disableAfterMs: limits.disableAfterMsDefault as number | null,
} as const;

/** Where these are not said: what runs here is signed for nobody, and may take its time. */
export const kindDefaults = (kind: EndpointKind): Partial<Endpoint> =>
  kind === "http"
    ? {}
    : {
        signing: { scheme: "none" },
        timeoutMs: limits.runTimeoutMsDefault,
        maxInFlight: limits.runsInFlightDefault,
      };

/** Owned by HTTP framing, by the signature, or by the sender itself (compared in lower case). */
const refusedHeaders = new Set([
  "connection",
  "content-encoding",
  "content-length",
  "content-type",
  "expect",
  "host",
  "keep-alive",
  "proxy-authenticate",
  "proxy-authorization",
  "proxy-connection",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
  "user-agent",
]);

/** Why a header may not be set on an endpoint; null where it may. */
export function headerRefusal(name: string, value: string): string | null {
  if (!/^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,128}$/.test(name)) return `\`${name}\` is not the name of a header`;
  const lower = name.toLowerCase();
  if (refusedHeaders.has(lower)) return `\`${name}\` is set by Trotline or by HTTP itself`;
  if (lower.startsWith("webhook-")) return `\`${name}\` belongs to Standard Webhooks`;
  if (value.length > limits.headerValueLength)
    return `the value of \`${name}\` is longer than ${limits.headerValueLength} characters`;
  if (!/^[\t\x20-\x7e\x80-\xff]*$/.test(value))
    return `the value of \`${name}\` has a character that a header cannot carry`;
  return null;
}

/** Why a URL cannot be an endpoint, before its address is looked at; null where it can. */
export function urlRefusal(text: string, parsed: UrlParts | null): string | null {
  if (text.length > limits.urlLength) return `it is longer than ${limits.urlLength} characters`;
  if (parsed === null) return "it is not an absolute URL";
  // The URL parser drops or moves white space without a word: what is stored would not be what is sent to.
  if (/\s/.test(text)) return "it has white space in it";
  if (parsed.protocol !== "https:" && parsed.protocol !== "http:")
    return `\`${parsed.protocol}\` is neither http: nor https:`;
  if (parsed.username !== "" || parsed.password !== "")
    return "it carries a user name or password; use `authorization` instead";
  if (parsed.hash !== "") return "it has a fragment, which is never sent";
  return null;
}

interface UrlParts {
  readonly protocol: string;
  readonly username: string;
  readonly password: string;
  readonly hash: string;
}

/** An endpoint as it was stored, perhaps by a version that knew fewer settings. */
export const storedEndpoint = (document: Partial<Endpoint>, number: number): Endpoint =>
  ({ ...endpointDefaults, ...document, number }) as Endpoint;
