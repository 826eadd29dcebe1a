/**
 * The session of a person at a browser: a cookie that carries a key. No page can read it, it is sent to `/v1` alone
 * (what is received at `/in` is stored as it came, and must not hold anybody's key), and it counts for requests of this
 * server's own pages only.
 */
import type { IncomingHttpHeaders } from "node:http";
import { isLoopbackHost } from "./listen-address.ts";

/** What a session is asked of: a request, also one that has no route yet. */
export interface SessionRequest {
  readonly method?: string | undefined;
  readonly headers: IncomingHttpHeaders;
}

export const sessionCookieName = "trotline_session";
/** A browser takes a cookie of such a name over TLS alone. */
const secureName = `__Secure-${sessionCookieName}`;
const keyLengthMax = 512;
const path = "/v1";

/** A person signs in again after this, however long the key lives. */
const sessionAgeMsMax = 30 * 24 * 3_600_000;

const isReachedByTls = (publicUrl: string | null): boolean => publicUrl?.startsWith("https:") ?? false;
const cookieName = (publicUrl: string | null): string => (isReachedByTls(publicUrl) ? secureName : sessionCookieName);

/**
 * The key's text; null where there is no session. Two cookies of the name are none: one of them is another site's.
 */
export function sessionText({ cookie }: IncomingHttpHeaders, publicUrl: string | null): string | null {
  if (cookie === undefined) return null;
  const start = `${cookieName(publicUrl)}=`;
  const found = cookie.split(/; */).filter((pair) => pair.startsWith(start));
  const text = found[0]?.slice(start.length);
  return found.length === 1 && text !== undefined && text !== "" && text.length <= keyLengthMax ? text : null;
}

/** The header that begins a session; `lifeMs` is how long the key lives, null for ever. */
export function sessionBegin(text: string, lifeMs: number | null, { headers, publicUrl }: CookieFacts): string {
  const seconds = Math.floor(Math.min(sessionAgeMsMax, lifeMs ?? sessionAgeMsMax) / 1000);
  return `${cookieName(publicUrl)}=${text}; ${attributes({ headers, publicUrl })}; Max-Age=${seconds}`;
}

export const sessionEnd = (facts: CookieFacts): string =>
  `${cookieName(facts.publicUrl)}=; ${attributes(facts)}; Max-Age=0`;

interface CookieFacts {
  readonly headers: IncomingHttpHeaders;
  readonly publicUrl: string | null;
}

function attributes({ headers, publicUrl }: CookieFacts): string {
  const isSecure = isReachedByTls(publicUrl) || (headers.origin?.startsWith("https:") ?? false);
  return `Path=${path}; HttpOnly; SameSite=Strict${isSecure ? "; Secure" : ""}`;
}

export const isReading = (method: string | undefined): boolean => method === "GET" || method === "HEAD";

/**
 * Whether the request is one of this server's own pages. What changes something has to say whose page it is of; what
 * reads, and does not say it, no page of another site gets to see.
 */
export function isOfOwnPage({ headers, method }: SessionRequest, publicUrl: string | null, takes = false): boolean {
  const { origin } = headers;
  if (!isOfOwnSite({ headers, method })) return false;
  if (origin === undefined) return isReading(method) && (!takes || headers["sec-fetch-site"] === "same-origin");
  return ownOrigins(headers.host, publicUrl).includes(origin);
}

/** As far as the browser says it: an older one, and one that came without TLS, say nothing. */
export function isOfOwnSite({ headers, method }: SessionRequest): boolean {
  const site = headers["sec-fetch-site"];
  return site === undefined || site === "same-origin" || (site === "none" && isReading(method));
}

function ownOrigins(host: string | undefined, publicUrl: string | null): string[] {
  const own = publicUrl === null ? [] : [new URL(publicUrl).origin];
  if (host === undefined) return own;
  own.push(`https://${host}`);
  // Where others come by TLS, a page that came without it may be anybody's on the way.
  if (!isReachedByTls(publicUrl) || isLoopbackHost(hostNameOf(host))) own.push(`http://${host}`);
  return own;
}

/** Of a `Host` header: without the port, and without the brackets of IPv6. */
export const hostNameOf = (host: string): string => host.replace(/:\d+$/, "").replace(/^\[(.*)\]$/, "$1");
