/** The parts of a multipart form as Go's `mime/multipart` takes them apart. */
import { canonicalHeader } from "../canonical-header.ts";
import { readMediaType } from "./media-type.ts";

export interface FormPart {
  /** As `latin1`: a character stands for a byte. */
  readonly name: string;
  /** A part with a file name is a file, anything else a value. */
  readonly isFile: boolean;
  readonly contentTypes: readonly string[];
  readonly content: string;
}

export class MultipartProblem extends Error {
  override readonly name = "MultipartProblem";
}

const partsMax = 1000;

/** Throws `MultipartProblem`. */
export function readMultipart(body: Uint8Array, boundary: string): readonly FormPart[] {
  if (boundary === "") throw new MultipartProblem("no multipart boundary param in Content-Type");
  return new PartReader(Buffer.from(body.buffer, body.byteOffset, body.length).toString("latin1"), boundary).parts();
}

class PartReader {
  readonly #text: string;
  readonly #dash: string;
  #newLine = "\r\n";
  #at = 0;

  constructor(text: string, boundary: string) {
    this.#text = text;
    this.#dash = `--${boundary}`;
  }

  parts(): readonly FormPart[] {
    const parts: FormPart[] = [];
    for (let count = 0; this.#findBoundary(count === 0); count++) {
      if (count >= partsMax) throw new MultipartProblem("message too large");
      const headers = this.#headers();
      if (headers === null) break;
      const part = partOf(headers, this.#content());
      if (part !== null) parts.push(part);
    }
    return parts;
  }

  /** False at the last boundary. What stands before the first is passed over. */
  #findBoundary(isFirst: boolean): boolean {
    let isExpected = false;
    for (;;) {
      const line = this.#line();
      const rest = line.startsWith(this.#dash) ? line.slice(this.#dash.length).replace(/^[ \t]+/, "") : null;
      if (isFirst && rest === "\n") this.#newLine = "\n";
      if (rest === this.#newLine) return true;
      if (this.#isLast(line)) return false;
      if (!line.endsWith("\n")) throw new MultipartProblem("multipart: NextPart: EOF");
      if (isExpected) throw new MultipartProblem("multipart: expecting a new Part");
      if (isFirst) continue;
      if (line !== this.#newLine) throw new MultipartProblem("multipart: unexpected line in Next()");
      isExpected = true;
    }
  }

  #isLast(line: string): boolean {
    if (!line.startsWith(`${this.#dash}--`)) return false;
    const rest = line.slice(this.#dash.length + 2).replace(/^[ \t]+/, "");
    return rest === "" || rest === this.#newLine;
  }

  #line(): string {
    const end = this.#text.indexOf("\n", this.#at);
    const line = this.#text.slice(this.#at, end < 0 ? this.#text.length : end + 1);
    this.#at += line.length;
    return line;
  }

  /** Null where the text ends among them, which is the end of the form. */
  #headers(): ReadonlyMap<string, string[]> | null {
    const headers = new Map<string, string[]>();
    for (let isFirst = true; ; isFirst = false) {
      let line = this.#headerLine();
      if (line === null || line === "") return line === null ? null : headers;
      if (isFirst && /^[ \t]/.test(line)) throw new MultipartProblem("malformed MIME header initial line");
      while (/^[ \t]/.test(this.#text.slice(this.#at, this.#at + 1))) line += ` ${this.#headerLine()?.trim() ?? ""}`;
      const colon = line.indexOf(":");
      if (colon < 0) throw new MultipartProblem("malformed MIME header");
      const name = canonicalHeader(line.slice(0, colon));
      const values = headers.get(name) ?? [];
      values.push(line.slice(colon + 1).trim());
      headers.set(name, values);
    }
  }

  /** Null at the end of the text. */
  #headerLine(): string | null {
    if (this.#at >= this.#text.length) return null;
    return this.#line().replace(/\r?\n$/, "");
  }

  #content(): string {
    const start = this.#at;
    if (this.#isBoundaryAt(start)) return "";
    const mark = this.#newLine + this.#dash;
    for (let at = start; ; at += 1) {
      at = this.#text.indexOf(mark, at);
      if (at < 0) throw new MultipartProblem("unexpected EOF");
      if (!this.#isBoundaryAt(at + this.#newLine.length)) continue;
      this.#at = at;
      return this.#text.slice(start, at);
    }
  }

  #isBoundaryAt(at: number): boolean {
    if (!this.#text.startsWith(this.#dash, at)) return false;
    return /^(?:$|[ \t\r\n]|--|-$)/.test(this.#text.slice(at + this.#dash.length, at + this.#dash.length + 2));
  }
}

function partOf(headers: ReadonlyMap<string, string[]>, content: string): FormPart | null {
  const disposition = readMediaType(headers.get("Content-Disposition")?.[0] ?? "");
  const name = disposition?.parameters.get("name") ?? "";
  if (disposition?.type !== "form-data" || name === "") return null;
  const isQuoted = headers.get("Content-Transfer-Encoding")?.[0]?.toLowerCase() === "quoted-printable";
  return {
    name,
    isFile: (disposition.parameters.get("filename") ?? "") !== "",
    contentTypes: headers.get("Content-Type") ?? [],
    content: isQuoted ? unquoted(content) : content,
  };
}

/** Spaces at the end of a line count for nothing, and a `=` there joins it with the next. */
function unquoted(content: string): string {
  const lines = content.split("\n").map((line) => {
    const isLine = line.endsWith("\r");
    return (isLine ? line.slice(0, -1) : line).trimEnd() + (isLine ? "\r" : "");
  });
  return lines
    .join("\n")
    .replace(/=\r?\n/g, "")
    .replace(/=([0-9A-Fa-f]{2})/g, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 16)));
}
