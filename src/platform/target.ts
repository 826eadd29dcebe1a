import type { TlsSettings } from "../core/endpoint-reach.ts";
import type { EgressProxy } from "./egress-proxy.ts";

/** Where connections go. Requests to the same place share them. */
export interface Destination {
  /** Its origin, such as `https://example.com:8443`, and what stands for its TLS settings, where it has its own. */
  readonly key: string;
  /** Null: the built-in certificates are trusted, and none is shown. */
  readonly tls: TlsSettings | null;
  /** Requests go to the egress proxy as they are, since there is no TLS to tunnel. */
  readonly isForwarded: boolean;
  readonly isTls: boolean;
  /** A name or an address, without brackets. */
  readonly hostname: string;
  readonly port: number;
}

/** What a URL comes down to, ready for each request that goes there. */
export interface Target {
  readonly destination: Destination;
  /** The header `Host`, and what a proxy on the way asks for. */
  readonly hostLines: string;
  /** What the request line names. */
  readonly path: string;
}

export interface Way {
  readonly proxy: EgressProxy | null;
  /** With the number that stands for it. */
  readonly tls: { readonly settings: TlsSettings; readonly number: number } | null;
}

/** Of an absolute URL, http: or https:. */
export function targetOf(url: URL, { proxy, tls }: Way = { proxy: null, tls: null }): Target {
  const isTls = url.protocol === "https:";
  const port = url.port === "" ? (isTls ? 443 : 80) : Number(url.port);
  const hostname = url.hostname.replace(/^\[|\]$/g, "");
  const path = url.pathname + url.search;
  const isForwarded = proxy !== null && !isTls;
  const key = tls === null ? url.origin : `${url.origin} ${tls.number}`;
  const credentials = isForwarded ? proxy.credentialsLine : "";
  return {
    destination: { key, tls: tls?.settings ?? null, isForwarded, isTls, hostname, port },
    hostLines: `host: ${url.host}\r\n${credentials}`,
    path: isForwarded ? url.origin + path : path,
  };
}
