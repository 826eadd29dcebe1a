/** A request to be sent again from elsewhere, and what of it every tool has to be told. */

export interface CopiedRequest {
  readonly method: string;
  readonly url: string;
  /** In order, with duplicates; a character of a value stands for a byte, as in the HTTP interface. */
  readonly headers: readonly (readonly [string, string])[];
  readonly body: Uint8Array;
  /** When it came, in RFC 3339, where somebody knows. */
  readonly at?: string;
}

/** About one connection, or made anew from the URL and the body. */
const ownOfConnection =
  /^(host|content-length|connection|keep-alive|proxy-.*|te|trailer|transfer-encoding|upgrade|expect)$/i;
const headerName = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;

/** The headers that are said again. A value cannot leave its line. */
export function saidHeaders({ headers }: CopiedRequest): [string, string][] {
  return headers
    .filter(([name]) => headerName.test(name) && !ownOfConnection.test(name))
    .map(([name, value]) => [name, withoutLines(value)]);
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is taken out
const withoutLines = (value: string): string => value.replace(/[\u0000-\u0008\u000a-\u001f\u007f]/g, " ").trim();

/** In characters that stand in a request line; what is escaped already stays as it is. */
export const saidUrl = (url: string): string =>
  url.replace(/[^\x21-\x7e]/gu, (character) =>
    character.isWellFormed() ? encodeURIComponent(character) : "%EF%BF%BD",
  );

/** The bytes as text; null where they are not UTF-8. */
export function textOf(bytes: Uint8Array): string | null {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return null;
  }
}

const chunkBytes = 0x8000;

export function base64Of(bytes: Uint8Array): string {
  let binary = "";
  for (let at = 0; at < bytes.length; at += chunkBytes) {
    binary += String.fromCharCode(...bytes.subarray(at, at + chunkBytes));
  }
  return btoa(binary);
}
