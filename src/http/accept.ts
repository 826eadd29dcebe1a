/** What a client accepts: the form and the encoding of an answer (RFC 9110, section 12.5). */
import type { IncomingHttpHeaders } from "node:http";
import Negotiator from "negotiator";

/** The first of `available` that the client likes best; null where it accepts none. Without `Accept` it takes all. */
export function acceptedMediaType(headers: IncomingHttpHeaders, available: readonly string[]): string | null {
  // The forms have no parameters: `application/json; charset=utf-8` asks for JSON.
  const accept = headers.accept?.replace(parameter, "");
  return new Negotiator({ headers: { ...headers, accept } }).mediaType([...available]) ?? null;
}

/** Every parameter of a media range but its weight. */
const parameter = /;(?!\s*q\s*=)\s*[^\s;,="]+\s*=\s*(?:"[^"]*"|[^\s;,"]*)/gi;

/** In the order of our liking, where the client likes several alike: small for little work first. */
const compressions = ["zstd", "br", "gzip"] as const;
export type Compression = (typeof compressions)[number];

/** What a body may be sent as. */
export interface AcceptedEncodings {
  /** The compression to use; null where the body goes as it is. */
  readonly compression: Compression | null;
  /** True where the client refuses a body as it is, however small. */
  readonly always: boolean;
}

const asItIs: AcceptedEncodings = { compression: null, always: false };

/** Its types are those of an older version. */
type PreferringNegotiator = {
  encodings(available: readonly string[], options: { preferred: readonly string[] }): string[];
};

/**
 * Without `Accept-Encoding` bodies go as they are, although the standard would let us choose: clients that do not say
 * what they decode seldom decode. A client that refuses everything gets the body as it is.
 */
export function acceptedEncodings(headers: IncomingHttpHeaders): AcceptedEncodings {
  if (headers["accept-encoding"] === undefined) return asItIs;
  const negotiator = new Negotiator({ headers }) as unknown as PreferringNegotiator;
  const liked = negotiator.encodings([...compressions, "identity"], { preferred: compressions });
  const compression = compressions.find((name) => name === liked[0]) ?? null;
  return compression === null ? asItIs : { compression, always: !liked.includes("identity") };
}
