/** What stands in the form, as it was typed; `draft-body.ts` makes of it what is sent. */
import type { Endpoint, Signing, SigningSchemeName } from "../../../sdk/wire.ts";
import { writeDuration, writeDurations } from "./durations.ts";
import { type RetryChoice, retryChoiceOf } from "./retry-choices.ts";

export interface HeaderRow {
  readonly name: string;
  readonly value: string;
}

/** `keep`: what is set stays, since what is secret of it is not shown. */
export type AuthorizationChoice = "keep" | "none" | "basic" | "bearer" | "oauth2";

export interface Draft {
  readonly url: string;
  readonly description: string;
  readonly startAt: string;
  readonly takesAll: boolean;
  /** Patterns. */
  readonly types: readonly string[];
  readonly filter: string;
  /** By type. */
  readonly versions: Readonly<Record<string, string>>;
  readonly transform: string;
  readonly format: Endpoint["format"];
  readonly method: Endpoint["method"];
  readonly compression: Endpoint["compression"];
  /** Empty: one event a request. */
  readonly batchEvents: string;
  readonly batchWait: string;
  readonly headers: readonly HeaderRow[];
  readonly scheme: SigningSchemeName;
  /** Of the scheme `hmac`; `algorithm` also of `http-message-signatures`. */
  readonly signing: Readonly<
    Record<"header" | "algorithm" | "encoding" | "secret_encoding" | "template" | "content", string>
  >;
  /** Headers of the scheme `hmac`, which go through as they are. */
  readonly signingHeaders: Signing["headers"];
  /** Of a new endpoint: empty has one made. */
  readonly secret: string;
  readonly authorization: AuthorizationChoice;
  readonly username: string;
  readonly password: string;
  readonly token: string;
  readonly tokenUrl: string;
  readonly clientId: string;
  readonly clientSecret: string;
  readonly oauthScope: string;
  readonly verification: Endpoint["verification"];
  readonly retry: RetryChoice;
  readonly retryDelays: string;
  readonly jitterPercent: string;
  /** Empty: whatever its age. */
  readonly maxAge: string;
  readonly successStatuses: string;
  readonly ordering: Endpoint["ordering"];
  readonly onExhausted: Endpoint["on_exhausted"];
  readonly maxInFlight: string;
  /** Empty: as fast as the window allows. */
  readonly rate: string;
  readonly burst: string;
  readonly timeout: string;
  /** Empty: never. */
  readonly disableAfter: string;
}

const noSigning: Draft["signing"] = {
  header: "",
  algorithm: "",
  encoding: "",
  secret_encoding: "",
  template: "",
  content: "",
};

/** The server's own defaults. */
export const newDraft: Draft = {
  url: "",
  description: "",
  startAt: "latest",
  takesAll: true,
  types: [],
  filter: "",
  versions: {},
  transform: "",
  format: "standard",
  method: "POST",
  compression: "none",
  batchEvents: "",
  batchWait: "500ms",
  headers: [],
  scheme: "standard-webhooks",
  signing: noSigning,
  signingHeaders: undefined,
  secret: "",
  authorization: "none",
  username: "",
  password: "",
  token: "",
  tokenUrl: "",
  clientId: "",
  clientSecret: "",
  oauthScope: "",
  verification: "none",
  retry: "default",
  retryDelays: "",
  jitterPercent: "20",
  maxAge: "",
  successStatuses: "",
  ordering: "none",
  onExhausted: "park",
  maxInFlight: "64",
  rate: "",
  burst: "",
  timeout: "15s",
  disableAfter: "5d",
};

const durationOrNone = (ms: number | null): string => (ms === null ? "" : writeDuration(ms));

export function draftOf(endpoint: Endpoint): Draft {
  const { signing, rate_limit: rate, batch, retry_delays_ms: delaysMs } = endpoint;
  const { scheme, headers: signingHeaders, ...signed } = signing;
  return {
    ...newDraft,
    url: endpoint.url ?? "",
    description: endpoint.description,
    takesAll: endpoint.types.length === 0,
    types: endpoint.types,
    filter: endpoint.filter ?? "",
    versions: endpoint.versions,
    transform: endpoint.transform ?? "",
    format: endpoint.format,
    method: endpoint.method,
    compression: endpoint.compression,
    batchEvents: batch === null ? "" : String(batch.max_events),
    batchWait: batch === null ? newDraft.batchWait : writeDuration(batch.max_wait_ms),
    headers: Object.entries(endpoint.headers).map(([name, value]) => ({ name, value })),
    scheme,
    signing: { ...noSigning, ...signed },
    signingHeaders,
    authorization: endpoint.authorization === null ? "none" : "keep",
    verification: endpoint.verification,
    retry: retryChoiceOf(delaysMs),
    retryDelays: writeDurations(delaysMs),
    jitterPercent: String(Math.round(endpoint.retry_jitter * 1000) / 10),
    maxAge: durationOrNone(endpoint.retry_max_age_ms),
    successStatuses: endpoint.success_statuses.join(", "),
    ordering: endpoint.ordering,
    onExhausted: endpoint.on_exhausted,
    maxInFlight: String(endpoint.max_in_flight),
    rate: rate === null ? "" : String(rate.per_second),
    burst: rate === null ? "" : String(rate.burst),
    timeout: writeDuration(endpoint.timeout_ms),
    disableAfter: durationOrNone(endpoint.disable_after_ms),
  };
}
