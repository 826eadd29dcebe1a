/** The lines of a request in front of its body (RFC 9112). */
import type { SendRequest } from "../core/ports.ts";
import type { Target } from "./target.ts";

const badName = /[^\w!#$%&'*+.^`|~-]/;
const badValue = /[^\t\x20-\x7e\x80-\xff]/;

/** Owned by the sender: they say where a request ends and what becomes of its connection. */
const ownNames =
  /^(host|connection|content-length|transfer-encoding|keep-alive|upgrade|expect|te|trailer|proxy-connection)$/i;

/** Methods that have a body, and say so where it is empty. */
const bodyMethods: ReadonlySet<string> = new Set<SendRequest["method"]>(["POST", "PUT", "PATCH"]);

const noHeaders: readonly string[] = [];

/** One character stands for one byte. Null where a header does not fit HTTP, or belongs to the sender. */
export function requestHead(target: Target, request: SendRequest): string | null {
  const { method, headers, commonHeaders = noHeaders, body, query } = request;
  const common = commonText(commonHeaders);
  const own = headersText(headers);
  if (common === null || own === null) return null;
  const length = body.length > 0 || bodyMethods.has(method) ? `content-length: ${body.length}\r\n` : "";
  return (
    `${method} ${query ? withQuery(target.path, query) : target.path} HTTP/1.1\r\n${target.hostLines}connection: keep-alive\r\n` +
    `${common}${own}${length}\r\n`
  );
}

const withQuery = (path: string, query: string): string => `${path}${path.includes("?") ? "&" : "?"}${query}`;

function headersText(headers: readonly string[]): string | null {
  if (headers.length % 2 !== 0) return null;
  let text = "";
  for (let index = 0; index < headers.length; index += 2) {
    const name = headers[index]!;
    const value = headers[index + 1]!;
    if (!isOurs(name) || badValue.test(value)) return null;
    text += `${name}: ${value}\r\n`;
  }
  return text;
}

/** A memo of a pure function. */
const commonTexts = new WeakMap<readonly string[], string | null>();

function commonText(headers: readonly string[]): string | null {
  let text = commonTexts.get(headers);
  if (text === undefined) {
    text = headersText(headers);
    commonTexts.set(headers, text);
  }
  return text;
}

/** A memo of a pure function: few names come again and again. */
const goodNames = new Set<string>();
const goodNamesMax = 1000;

function isOurs(name: string): boolean {
  if (goodNames.has(name)) return true;
  if (name === "" || badName.test(name) || ownNames.test(name)) return false;
  if (goodNames.size < goodNamesMax) goodNames.add(name);
  return true;
}
