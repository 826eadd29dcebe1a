/** What a terminal shows of requests and answers. Others wrote them: nothing in them may speak to the terminal. */
import { STATUS_CODES } from "node:http";
import { shownText } from "../table.ts";

export type Style = "dim" | "green" | "yellow" | "red" | "bold";

export interface Part {
  readonly text: string;
  readonly style?: Style;
}

export type Paint = (style: Style, text: string) => string;

/** Of a body, before the rest is only counted. */
const bodyCharactersMax = 4000;

/** One line of the terminal: what does not fit is cut at its end. */
export function fittedLine(parts: readonly Part[], width: number, paint: Paint): string {
  let left = width;
  const painted: string[] = [];
  for (const { text, style } of parts) {
    const whole = shownText(text);
    const shown = cut(whole, left);
    left -= widthOf(shown);
    if (shown !== "") painted.push(style === undefined ? shown : paint(style, shown));
    if (shown !== whole) break;
  }
  return painted.join("");
}

/** `POST /hook`, and each header on a line of its own; values are bytes, and shown as the text that they are. */
export function headText(first: string, headers: readonly string[]): string {
  const lines = [shownText(first)];
  for (let at = 0; at < headers.length; at += 2) {
    lines.push(
      `${shownText(headers[at])}: ${shownText(Buffer.from(headers[at + 1] ?? "", "latin1").toString("utf8"))}`,
    );
  }
  return lines.map((line) => `  ${line}\n`).join("");
}

export const statusText = (status: number): string => `${status} ${STATUS_CODES[status] ?? ""}`.trim();

/** Lines stay lines; of what is no text, only the length is said. `bytes`: of the whole, where this is its beginning. */
export function bodyText(body: Uint8Array, bytes: number = body.length): string {
  if (bytes === 0) return "";
  const text = textOf(body, bytes > body.length);
  if (text === null) return `  (${bytes} bytes that are no text)\n`;
  const shown = text.slice(0, bodyCharactersMax);
  const lines = shown.split(/\r\n|\n/).map((line) => `  ${shownText(line.replaceAll("\t", "  "))}\n`);
  const rest = bytes - Buffer.byteLength(shown);
  return lines.join("") + (rest > 0 ? `  … and ${rest} bytes more\n` : "");
}

/** Null where it is not UTF-8. The beginning of a body may end within a character. */
function textOf(body: Uint8Array, isCut: boolean): string | null {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(body, { stream: isCut });
  } catch {
    return null;
  }
}

/** Columns: characters of East Asia and emoji take two. */
function widthOf(text: string): number {
  let width = 0;
  for (const character of text) width += wide.test(character) ? 2 : 1;
  return width;
}

const wide =
  /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60]|\p{Extended_Pictographic}/u;

function cut(text: string, width: number): string {
  if (widthOf(text) <= width) return text;
  let shown = "";
  let left = width - 1;
  for (const character of text) {
    left -= widthOf(character);
    if (left < 0) break;
    shown += character;
  }
  return width > 0 ? `${shown}…` : "";
}
