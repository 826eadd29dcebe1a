/** What is sent of a draft, and what of it cannot be. */
import type { EndpointChange, NewAuthorization, NewEndpoint, Signing } from "../../../sdk/wire.ts";
import type { Draft } from "./draft.ts";
import { readDuration } from "./durations.ts";
import { delaysOf } from "./retry-choices.ts";

/** Why a member cannot be sent. */
export type Unreadable =
  | "duration"
  | "number"
  | "typesMissing"
  | "urlMissing"
  | "urlInvalid"
  | "urlProtocol"
  | "urlCredentials";

export interface DraftBody {
  readonly body: Omit<NewEndpoint, "tenant">;
  /** By JSON pointer. */
  readonly unreadable: ReadonlyMap<string, Unreadable>;
}

/** Undefined where nothing speaks against it; the server looks closer. */
export function urlRefusal(text: string): Unreadable | undefined {
  if (text.trim() === "") return "urlMissing";
  const url = URL.parse(text.trim());
  if (url === null) return /^[a-z][a-z0-9+.-]*:/i.test(text) ? "urlInvalid" : "urlProtocol";
  if (url.protocol !== "http:" && url.protocol !== "https:") return "urlProtocol";
  return url.username === "" && url.password === "" ? undefined : "urlCredentials";
}

class Reading {
  readonly unreadable = new Map<string, Unreadable>();

  duration(pointer: string, text: string): number {
    const ms = readDuration(text);
    if (ms === null) this.unreadable.set(pointer, "duration");
    return ms ?? 0;
  }

  number(pointer: string, text: string): number {
    const value = Number(text);
    if (text.trim() !== "" && Number.isFinite(value)) return value;
    this.unreadable.set(pointer, "number");
    return 0;
  }
}

const isEmpty = (text: string): boolean => text.trim() === "";

export function bodyOf(draft: Draft): DraftBody {
  const reading = new Reading();
  const delays = delaysOf(draft.retry, draft.retryDelays);
  if (delays === null) reading.unreadable.set("/retry_delays_ms", "duration");
  const refusal = urlRefusal(draft.url);
  if (refusal !== undefined) reading.unreadable.set("/url", refusal);
  if (!draft.takesAll && draft.types.length === 0) reading.unreadable.set("/types", "typesMissing");
  const body: Omit<NewEndpoint, "tenant"> = {
    url: draft.url.trim(),
    description: draft.description,
    types: draft.takesAll ? [] : draft.types,
    filter: isEmpty(draft.filter) ? null : draft.filter,
    versions: draft.versions,
    transform: isEmpty(draft.transform) ? null : draft.transform,
    format: draft.format,
    method: draft.method,
    compression: draft.compression,
    batch: batchOf(draft, reading),
    headers: Object.fromEntries(
      draft.headers.filter(({ name }) => !isEmpty(name)).map(({ name, value }) => [name.trim(), value]),
    ),
    signing: signingOf(draft),
    verification: draft.verification,
    retry_delays_ms: delays ?? [],
    retry_jitter: reading.number("/retry_jitter", draft.jitterPercent) / 100,
    retry_max_age_ms: isEmpty(draft.maxAge) ? null : reading.duration("/retry_max_age_ms", draft.maxAge),
    success_statuses: statusesOf(draft, reading),
    ordering: draft.ordering,
    on_exhausted: draft.onExhausted,
    max_in_flight: reading.number("/max_in_flight", draft.maxInFlight),
    rate_limit: rateOf(draft, reading),
    timeout_ms: reading.duration("/timeout_ms", draft.timeout),
    disable_after_ms: isEmpty(draft.disableAfter) ? null : reading.duration("/disable_after_ms", draft.disableAfter),
    ...(draft.authorization !== "keep" && { authorization: authorizationOf(draft) }),
    ...(draft.secret !== "" && { secrets: [draft.secret] }),
    start_at: isEmpty(draft.startAt) ? "latest" : draft.startAt.trim(),
  };
  return { body, unreadable: reading.unreadable };
}

/** Members that are not as they were; null where there are none. */
export function changeOf(before: Draft, after: Draft): EndpointChange | null {
  const was = bodyOf(before).body as Readonly<Record<string, unknown>>;
  const { start_at: _, ...body } = bodyOf(after).body;
  const changed = Object.entries(body).filter(([name, value]) => JSON.stringify(value) !== JSON.stringify(was[name]));
  return changed.length === 0 ? null : Object.fromEntries(changed);
}

function batchOf({ batchEvents, batchWait }: Draft, reading: Reading) {
  if (isEmpty(batchEvents)) return null;
  return {
    max_events: reading.number("/batch/max_events", batchEvents),
    max_wait_ms: reading.duration("/batch/max_wait_ms", batchWait),
  };
}

function rateOf({ rate, burst }: Draft, reading: Reading) {
  if (isEmpty(rate)) return null;
  const perSecond = reading.number("/rate_limit/per_second", rate);
  return { per_second: perSecond, ...(!isEmpty(burst) && { burst: reading.number("/rate_limit/burst", burst) }) };
}

const statusesOf = ({ successStatuses }: Draft, reading: Reading): number[] =>
  successStatuses
    .split(/[,\s]+/)
    .filter(Boolean)
    .map((text) => reading.number("/success_statuses", text));

function signingOf({ scheme, signing, signingHeaders }: Draft): Signing {
  const { algorithm } = signing;
  if (scheme === "http-message-signatures")
    return { scheme, ...(algorithm !== "" && { algorithm: algorithm as "ed25519" }) };
  if (scheme !== "hmac") return { scheme };
  const set = Object.entries(signing).filter(([, value]) => value !== "");
  return { scheme, ...Object.fromEntries(set), ...(signingHeaders !== undefined && { headers: signingHeaders }) };
}

function authorizationOf(draft: Draft): NewAuthorization | null {
  const { authorization: type, oauthScope } = draft;
  if (type === "none" || type === "keep") return null;
  if (type === "basic") return { type, username: draft.username, password: draft.password };
  if (type === "bearer") return { type, token: draft.token };
  const { tokenUrl, clientId, clientSecret } = draft;
  const oauth = { type, token_url: tokenUrl, client_id: clientId, client_secret: clientSecret };
  return oauthScope === "" ? oauth : { ...oauth, scope: oauthScope };
}
