/** Who asks, and whether they may. Every route says which scope it needs; a route that says nothing does not start. */
import type { IncomingHttpHeaders } from "node:http";
import type { FastifyReply, FastifyRequest } from "fastify";
import { TrotlineError } from "../core/errors.ts";
import { isAdmin, isPortalLink, type KeyRecord, type KeyScope } from "../core/key.ts";
import { isLoopbackHost } from "./listen-address.ts";
import { hostNameOf, isOfOwnPage, isOfOwnSite, type SessionRequest, sessionText } from "./session-cookie.ts";

/** `any`: every valid key. `public`: no key, for probes. `admin` among a key's scopes stands for all. */
export type Access = "admin" | "publish" | "read" | "manage" | "any" | "public";

/** What a route asks of a key. */
export interface Need {
  readonly access: Access;
  /** Whether the portal asks here: then a link to it is enough. */
  readonly isOfPortal: boolean;
  /** See `FastifyContextConfig`. */
  readonly takes?: boolean | undefined;
}

declare module "fastify" {
  interface FastifyRequest {
    /** The id of the key that the request came with. */
    keyId: string;
    /** That key; null while no keys are needed. */
    key: KeyRecord | null;
  }
}

export interface Gate {
  readonly auth: "keys" | "none";
  readonly authenticate: (key: string) => KeyRecord | null;
  /** Where others reach this server; null where they do not, or it is not said. */
  readonly publicUrl: string | null;
  /** True once the server has begun to stop. */
  readonly isClosing: () => boolean;
}

/** Whose requests these are while no keys are needed. */
export const anonymousKeyId = "anonymous";
const keyLengthMax = 512;
const schemeName = "bearer ";

/** The first hook of a route. */
export type Admission = (request: FastifyRequest, reply: FastifyReply, done: (error?: Error) => void) => void;

/** Without promises: it runs for every request. */
export function accessHook(need: Need, gate: Gate): Admission {
  if (need.access === "public") return (_request, _reply, done) => done();
  return (request, _reply, done) => {
    const asking = gate.isClosing() ? closing() : admit(request, need, gate);
    if (asking instanceof TrotlineError) {
      done(asking);
      return;
    }
    request.keyId = asking.keyId;
    request.key = asking.key;
    done();
  };
}

/** Who asks: what a `FastifyRequest` has of it. */
export type Asking = Pick<FastifyRequest, "keyId" | "key">;

const anyone: Asking = { keyId: anonymousKeyId, key: null };

/** Who asks, or why they may not. */
export function admit(request: SessionRequest, need: Need, gate: Gate): Asking | TrotlineError {
  const { headers } = request;
  if (gate.auth === "none") return foreignPage(request) ?? anyone;
  const text = credentialOf(headers, gate.publicUrl);
  if (text === null) return new TrotlineError("unauthenticated", "The request has no `Authorization: Bearer <key>`.");
  if (headers.authorization === undefined && !isOfOwnPage(request, gate.publicUrl, need.takes)) {
    return new TrotlineError("origin-refused", "The session is of this server's pages, and the request of another.");
  }
  const key = gate.authenticate(text);
  if (key === null) return new TrotlineError("unauthenticated", "The key is not one of this server.");
  return admitKey(key, need);
}

/** Whether a key that works may do this. */
export function admitKey(key: KeyRecord, { access, isOfPortal }: Need): Asking | TrotlineError {
  if (isPortalLink(key)) {
    return isOfPortal
      ? { keyId: key.id, key }
      : new TrotlineError("forbidden", "A link to the portal does not do this.");
  }
  if (access !== "any" && !isAdmin(key) && !key.scopes.includes(access as KeyScope)) {
    return new TrotlineError("forbidden", `The key has not the scope \`${access}\`.`);
  }
  return { keyId: key.id, key };
}

/** What runs code on this machine is for those who see to all of it: keys that manage keys, and are of no tenant. */
export function requireOperator({ key }: FastifyRequest): void {
  if (key === null || (isAdmin(key) && key.tenant === null)) return;
  const detail = "What runs programs or handlers is made and changed with a key of the scope `admin` and of no tenant.";
  throw new TrotlineError("forbidden", detail);
}

/**
 * The text of the key that a request comes with: the header's, or where there is none at all, the session's. Null where
 * it has none.
 */
export function credentialOf(headers: IncomingHttpHeaders, publicUrl: string | null): string | null {
  const header = headers.authorization;
  if (header === undefined) return sessionText(headers, publicUrl);
  if (header.length > keyLengthMax) return null;
  if (header.slice(0, schemeName.length).toLowerCase() !== schemeName) return null;
  return header.slice(schemeName.length).trim();
}

/**
 * Without keys, everyone on this machine is admin: also a web page in its browser, unless it is kept out. A page
 * reaches a loopback server by a name that it makes resolve to it (the Host header shows that), by posting across
 * origins (the Origin header shows that), or by loading an address as a picture (newer browsers say that): to read as
 * a consumer takes its lease.
 */
function foreignPage(request: SessionRequest): TrotlineError | null {
  const { host, origin } = request.headers;
  if (host === undefined || !isLoopbackHost(hostNameOf(host))) {
    return new TrotlineError("host-refused", "The `Host` header does not name this machine's loopback address.");
  }
  if (origin !== undefined && origin !== `http://${host}`) {
    return new TrotlineError("host-refused", "The `Origin` header names another site.");
  }
  if (!isOfOwnSite(request)) {
    return new TrotlineError("host-refused", "The `Sec-Fetch-Site` header says that another site asks.");
  }
  return null;
}

const closing = (): TrotlineError => new TrotlineError("shutting-down", "The server is stopping.");
