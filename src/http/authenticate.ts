/** Who asks, and whether they may. Every route says which scope it needs; a route that says nothing does not start. */
import type { IncomingHttpHeaders } from "node:http";
import type { FastifyReply, FastifyRequest } from "fastify";
import { TrotlineError } from "../core/errors.ts";
import { isAdmin, type KeyRecord, type KeyScope } from "../core/key.ts";
import { isLoopbackHost } from "./listen-address.ts";

/** `any`: every valid key. `public`: no key, for probes. `admin` among a key's scopes stands for all. */
export type Access = "admin" | "publish" | "read" | "manage" | "any" | "public";

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
export function accessHook(access: Access, gate: Gate): Admission {
  if (access === "public") return (_request, _reply, done) => done();
  return (request, _reply, done) => {
    const asking = gate.isClosing() ? closing() : admit(request.headers, access, gate);
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
export function admit(headers: IncomingHttpHeaders, access: Access, gate: Gate): Asking | TrotlineError {
  if (gate.auth === "none") return foreignPage(headers) ?? anyone;
  const text = keyText(headers);
  if (text === null) return new TrotlineError("unauthenticated", "The request has no `Authorization: Bearer <key>`.");
  const key = gate.authenticate(text);
  if (key === null) return new TrotlineError("unauthenticated", "The key is not one of this server.");
  return admitKey(key, access);
}

/** Whether a key that works may do this. */
export function admitKey(key: KeyRecord, access: Access): Asking | TrotlineError {
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

/** Null where the request has none. */
export function keyText(headers: IncomingHttpHeaders): string | null {
  const header = headers.authorization;
  if (header === undefined || header.length > keyLengthMax) return null;
  if (header.slice(0, schemeName.length).toLowerCase() !== schemeName) return null;
  return header.slice(schemeName.length).trim();
}

/**
 * Without keys, everyone on this machine is admin: also a web page in its browser, unless it is kept out. A page
 * reaches a loopback server by a name that it makes resolve to it (the Host header shows that) or by posting across
 * origins (the Origin header shows that).
 */
function foreignPage({ host, origin }: IncomingHttpHeaders): TrotlineError | null {
  if (host === undefined || !isLoopbackHost(hostNameOf(host))) {
    return new TrotlineError("host-refused", "The `Host` header does not name this machine's loopback address.");
  }
  if (origin !== undefined && origin !== `http://${host}`) {
    return new TrotlineError("host-refused", "The `Origin` header names another site.");
  }
  return null;
}

const hostNameOf = (host: string): string => host.replace(/:\d+$/, "").replace(/^\[(.*)\]$/, "$1");

const closing = (): TrotlineError => new TrotlineError("shutting-down", "The server is stopping.");
