/** Where connections go. Requests to the same origin share them. */
export interface Destination {
  /** Such as `https://example.com:8443`. */
  readonly origin: string;
  readonly isTls: boolean;
  /** A name or an address, without brackets. */
  readonly hostname: string;
  readonly port: number;
}

/** What a URL comes down to, ready for each request that goes there. */
export interface Target {
  readonly destination: Destination;
  /** The value of `Host`. */
  readonly host: string;
  readonly path: string;
}

/** Of an absolute URL, http: or https:. */
export function targetOf(url: URL): Target {
  const isTls = url.protocol === "https:";
  const port = url.port === "" ? (isTls ? 443 : 80) : Number(url.port);
  const hostname = url.hostname.replace(/^\[|\]$/g, "");
  return {
    destination: { origin: url.origin, isTls, hostname, port },
    host: url.host,
    path: url.pathname + url.search,
  };
}
