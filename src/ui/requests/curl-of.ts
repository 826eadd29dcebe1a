/** A request as a command for `sh`, which sends the same bytes wherever it is pasted. */
import { base64Of, type CopiedRequest, saidHeaders, saidUrl, textOf } from "./copied-request.ts";

/** Of one word of a command; Linux takes 128 KiB. */
const wordBytesMax = 64 * 1024;
const base64Columns = 76;
const endOfBody = "END_OF_BODY";

/** What curl adds where nobody names it. */
const ownOfCurl = ["Accept", "User-Agent", "Content-Type", "Expect"];
const methodsWithBody = /^(POST|PUT|PATCH)$/;

export function curlOf(request: CopiedRequest): string {
  const { method, body } = request;
  const text = plainText(body);
  const isPiped = body.length > 0 && text === null;
  const words = [
    `curl --globoff --path-as-is ${quoted(saidUrl(request.url))}`,
    ...methodWords(method, body),
    ...headerWords(request),
    ...(isPiped ? ["--data-binary @-"] : []),
    ...(text !== null && (body.length > 0 || methodsWithBody.test(method)) ? [`--data-raw ${quoted(text)}`] : []),
  ];
  const command = words.join(" \\\n  ");
  return isPiped ? `base64 -d <<'${endOfBody}' | ${command}\n${base64Lines(body)}\n${endOfBody}\n` : `${command}\n`;
}

/** An answer to HEAD has no body, for which curl would wait if it were told the method alone. */
function methodWords(method: string, body: Uint8Array): string[] {
  if (body.length === 0 && method === "GET") return [];
  return [body.length === 0 && method === "HEAD" ? "--head" : `--request ${quoted(method)}`];
}

function headerWords(request: CopiedRequest): string[] {
  const headers = saidHeaders(request);
  const named = new Set(headers.map(([name]) => name.toLowerCase()));
  return [
    ...headers.map(([name, value]) => `--header ${quotedBytes(value === "" ? `${name};` : `${name}: ${value}`)}`),
    ...ownOfCurl.filter((name) => !named.has(name.toLowerCase())).map((name) => `--header '${name}:'`),
  ];
}

/** Null where a shell could not hold the text, or a terminal would not take it as text. */
function plainText(body: Uint8Array): string | null {
  const text = body.length <= wordBytesMax ? textOf(body) : null;
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is meant
  return text === null || /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]|[\p{Cf}\p{Zl}\p{Zp}]/u.test(text) ? null : text;
}

/**
 * In single quotes a shell takes everything as it is, but a single quote; and fish also a backslash before one or
 * another, which would let a body end its quotes: these stand outside of them
 * (https://fishshell.com/docs/current/language.html#quotes).
 */
const quoted = (text: string): string =>
  `'${text.replace(/\\{2,}|\\(?='|$)|'/g, (found) => `'${found.replace(/./g, "\\$&")}'`)}'`;

/** A text of bytes: as UTF-8 where it is that, else with each byte beyond ASCII made by the shell. */
function quotedBytes(text: string): string {
  if (/^[\t\x20-\x7e]*$/.test(text)) return quoted(text);
  if ([...text].some((character) => character > "\u00ff")) return quoted(text);
  const decoded = textOf(Uint8Array.from(text, (character) => character.charCodeAt(0)));
  if (decoded !== null && !/[\u0080-\u009f]|[\p{Cf}\p{Zl}\p{Zp}]/u.test(decoded)) return quoted(decoded);
  return text
    .split(/([\u0080-\u00ff]+)/)
    .map((part, index) => (index % 2 === 0 ? quoted(part) : `"$(printf '${octal(part)}')"`))
    .join("");
}

const octal = (text: string): string =>
  [...text].map((character) => `\\${character.charCodeAt(0).toString(8)}`).join("");

const base64Lines = (body: Uint8Array): string =>
  base64Of(body).replace(new RegExp(`.{${base64Columns}}(?=.)`, "g"), "$&\n");
