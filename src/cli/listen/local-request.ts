/** From an event to the request that local code gets: of a received event the one that came, else a signed webhook. */
import type { ReceivedRequest } from "../../sdk/wire.ts";
import { ClientFailure } from "../failure-text.ts";
import { UsageError } from "../usage-error.ts";
import { localUrl } from "./local-url.ts";

export interface LocalRequest {
  readonly method: string;
  readonly url: string;
  /** Names and values in turn; a character of a value stands for a byte. */
  readonly headers: readonly string[];
  readonly body: Uint8Array;
  /** Whose signature was found good: a scheme's name; null where nothing was verified. */
  readonly verifiedBy: string | null;
  /** Headers whose values the server keeps to itself. */
  readonly hidden: readonly string[];
}

/** Where to, and what the user says of every request. */
export interface LocalAim {
  readonly to: string;
  /** Replace those of the same name. */
  readonly headers: Readonly<Record<string, string>>;
}

/** About the connection to the server alone. */
const ofConnection =
  /^(host|content-length|connection|keep-alive|proxy-authenticate|proxy-authorization|proxy-connection|te|trailer|transfer-encoding|upgrade|expect)$/i;
const headerName = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
const headerValue = /^[\t\x20-\x7e\x80-\xff]*$/;
/** What the server writes in place of credentials. */
const hiddenValue = "(hidden)";
const bodilessMethods = /^(GET|HEAD|DELETE|OPTIONS)$/;

/** The request as it came: method, what was below the source's path, headers in their order, and the bytes. */
export function receivedRequest(
  request: ReceivedRequest,
  aim: LocalAim,
  { verifiedBy, isWhole }: { readonly verifiedBy: string | null; readonly isWhole: boolean },
): LocalRequest {
  const { method } = request;
  const body = bodyOf(request);
  const { headers, hidden } = passedOn(request.headers, aim.headers, isWhole);
  return {
    method,
    url: localUrl(aim.to, request.target),
    headers: [...headers, ...lengthHeader(method, body)],
    body,
    verifiedBy,
    hidden,
  };
}

export const lengthHeader = (method: string, body: Uint8Array): string[] =>
  body.length === 0 && bodilessMethods.test(method) ? [] : ["Content-Length", String(body.length)];

/** Of the connection's own, only the host is the user's to choose. */
export function checkOwnHeaders(headers: LocalAim["headers"]): void {
  for (const [name, value] of Object.entries(headers)) {
    if (!headerName.test(name)) throw new UsageError(`--header: \`${name}\` is no name of a header.`);
    if (!headerValue.test(value)) {
      throw new UsageError(`--header: the value of \`${name}\` has characters that no header takes.`);
    }
    if (ofConnection.test(name) && name.toLowerCase() !== "host") {
      throw new UsageError(`--header: \`${name}\` is said by the connection itself.`);
    }
  }
}

/** Those of the user, names and values in turn. */
export const ownHeaders = (headers: LocalAim["headers"]): string[] => Object.entries(headers).flat();

/** Compared with the length that its sender wrote: what lies between may not have changed it. */
function bodyOf(request: ReceivedRequest): Uint8Array {
  const { body, body_base64, headers, method } = request;
  const bytes = body_base64 === undefined ? Buffer.from(body ?? "", "utf8") : Buffer.from(body_base64, "base64");
  const length = headers.find(([name]) => name?.toLowerCase() === "content-length")?.[1];
  if (length === undefined || bodilessMethods.test(method) || Number(length) === bytes.length) return bytes;
  throw new ClientFailure(`A body of ${length} bytes was received, and ${bytes.length} bytes came here.`, [
    "Something between the server and this machine changes what it passes on. Nothing was sent.",
  ]);
}

function passedOn(
  given: readonly (readonly string[])[],
  own: LocalAim["headers"],
  isWhole: boolean,
): { readonly headers: string[]; readonly hidden: string[] } {
  const taken = new Set(Object.keys(own).map((name) => name.toLowerCase()));
  const named = given.filter(([name]) => name?.toLowerCase() === "connection").map(([, value = ""]) => value);
  const hops = new Set(
    named
      .join(",")
      .toLowerCase()
      .split(/\s*,\s*/),
  );
  const headers: string[] = [];
  const hidden: string[] = [];
  for (const [name = "", value = ""] of given) {
    const lower = name.toLowerCase();
    if (ofConnection.test(lower) || hops.has(lower) || taken.has(lower)) continue;
    if (value === hiddenValue && !isWhole) hidden.push(lower);
    else headers.push(name, value);
  }
  return { headers: [...headers, ...ownHeaders(own)], hidden };
}
