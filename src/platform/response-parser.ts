/**
 * Reads the answer to one request at a time, in whatever pieces it comes. Strict, since the other side is not ours:
 * what could be read in two ways is refused (RFC 9112, sections 6 and 11.2), and everything has a limit.
 */
import { KeptBody } from "./kept-body.ts";
import {
  bytesOf,
  isName,
  keepWanted,
  mayBeStatusLine,
  nameEnd,
  readChunkSize,
  readLength,
  readStatusLine,
  valueText,
} from "./response-lines.ts";

export type Answer =
  | "unfinished"
  | "complete"
  /** The body is longer than what is kept of it. */
  | "cut"
  /** Not HTTP/1.1, or framed so that its end is in doubt. */
  | "malformed"
  | "headers-too-large"
  /** 100 Continue, or an upgrade. */
  | "unasked"
  /** Nothing but interim answers. */
  | "interim";

/** What the next byte belongs to. `rest` is a body that ends with the connection. */
type Part = "status" | "header" | "body" | "rest" | "chunk-size" | "chunk" | "chunk-end" | "trailer" | "nothing";

/** Interim answers (103 Early Hints and its like) before the one that counts. */
const interimAnswersMax = 16;

/** The line before a chunk: its size, and extensions that hardly anybody sends. */
const chunkLineBytesMax = 1024;

const newline = 0x0a;
const carriageReturn = 0x0d;
const noBytes = new Uint8Array(0);

const contentLengthName = bytesOf("content-length");
const transferEncodingName = bytesOf("transfer-encoding");
const connectionName = bytesOf("connection");
const keepAliveName = bytesOf("keep-alive");
const retryAfterName = bytesOf("retry-after");

export class ResponseParser {
  answer: Answer = "unfinished";
  /** Of the answer that counts, once its headers are whole. */
  status: number | null = null;
  retryAfter: string | null = null;
  /** The header of this name: how long the receiver keeps a connection that idles. */
  keepAlive: string | null = null;
  /** Names of headers, in lower case, that `others` is to have; null for none. */
  wanted: readonly string[] | null = null;
  others: Record<string, string> = {};
  /** True once a byte came. */
  hasBegun = false;
  readonly #headerBytesMax: number;
  #part: Part = "status";
  /** A line whose end has not come. */
  #begun: Uint8Array = noBytes;
  /** Of the head that is being read, and then of the trailer. */
  #headerBytes = 0;
  #interimAnswers = 0;
  #statusRead = 0;
  #isHttp10 = false;
  #length: number | null = null;
  #encoding: string | null = null;
  #connection: string | null = null;
  /** Bytes that the body, or the chunk, has yet to bring. */
  #missing = 0;
  readonly #body = new KeptBody();
  #hasSurplus = false;

  constructor(headerBytesMax: number) {
    this.#headerBytesMax = headerBytesMax;
  }

  /** Before each request. */
  reset(): void {
    this.answer = "unfinished";
    this.status = null;
    this.hasBegun = false;
    this.#begun = noBytes;
    this.#interimAnswers = 0;
    this.#body.clear();
    this.#hasSurplus = false;
    this.#beginHead();
  }

  /** What was kept of the body, in a buffer of its own size. */
  get body(): Uint8Array {
    return this.#body.bytes;
  }

  /** Whether the connection may carry another request. */
  get keepsConnection(): boolean {
    if (this.answer !== "complete" || this.#part === "rest" || this.#hasSurplus) return false;
    // Neither may be there, and what they announce might come later, in front of the next answer.
    if (this.status === 204 && (this.#encoding !== null || (this.#length ?? 0) > 0)) return false;
    // RFC 9112, section 6.1: its framing is not to be trusted beyond the answer itself.
    if (this.#isHttp10 && this.#encoding !== null) return false;
    if (this.#connection === null) return !this.#isHttp10;
    const said = tokens(this.#connection);
    return !said.includes("close") && (!this.#isHttp10 || said.includes("keep-alive"));
  }

  /** Takes the bytes before `end`, and keeps none of them: the buffer may be used again. */
  push(bytes: Uint8Array, end: number): Answer {
    if (end > 0) this.hasBegun = true;
    let at = 0;
    while (at < end && this.answer === "unfinished") {
      const part = this.#part;
      if (part === "body" || part === "chunk" || part === "rest") at += this.#takeBody(bytes, at, end);
      else at += this.#takeLine(bytes, at, end);
    }
    if (at < end) this.#hasSurplus = true;
    return this.answer;
  }

  /** The receiver has closed its side: the end of a body that nothing else ends. */
  end(): Answer {
    if (this.answer === "unfinished" && this.#part === "rest") this.answer = "complete";
    return this.answer;
  }

  #takeLine(bytes: Uint8Array, start: number, end: number): number {
    let lineEnd = start;
    while (lineEnd < end && bytes[lineEnd] !== newline) lineEnd += 1;
    const length = this.#begun.length + lineEnd - start;
    if (length > this.#lineBytesMax()) this.#refuseLongLine();
    else if (lineEnd === end) this.#beginLine(joined(this.#begun, bytes.subarray(start, end)));
    else if (this.#begun.length === 0) this.#endLine(bytes, start, lineEnd);
    else {
      const line = joined(this.#begun, bytes.subarray(start, lineEnd));
      this.#begun = noBytes;
      this.#endLine(line, 0, line.length);
    }
    return Math.min(lineEnd + 1, end) - start;
  }

  #lineBytesMax(): number {
    if (this.#part === "chunk-size") return chunkLineBytesMax;
    return this.#part === "chunk-end" ? 1 : this.#headerBytesMax - this.#headerBytes;
  }

  #refuseLongLine(): void {
    this.answer = this.status === null ? "headers-too-large" : "malformed";
  }

  #beginLine(begun: Uint8Array): void {
    this.#begun = begun;
    if (this.#part === "status" && !mayBeStatusLine(begun, 0, begun.length)) this.answer = "malformed";
  }

  #endLine(bytes: Uint8Array, start: number, newlineAt: number): void {
    const end = newlineAt - 1;
    if (end < start || bytes[end] !== carriageReturn) {
      this.answer = "malformed";
      return;
    }
    if (this.#part === "status") this.#readStatus(bytes, start, end);
    else if (this.#part === "header") this.#readHeader(bytes, start, end);
    else if (this.#part === "trailer") this.#readTrailer(bytes, start, end);
    else if (this.#part === "chunk-size") this.#beginChunk(readChunkSize(bytes, start, end));
    else this.#part = "chunk-size";
  }

  #beginHead(): void {
    this.#part = "status";
    this.#headerBytes = 0;
    this.#length = null;
    this.#encoding = null;
    this.#connection = null;
    this.retryAfter = null;
    this.keepAlive = null;
    if (this.wanted !== null) this.others = {};
  }

  #readStatus(bytes: Uint8Array, start: number, end: number): void {
    const status = readStatusLine(bytes, start, end);
    if (status === null) {
      this.answer = "malformed";
      return;
    }
    this.#headerBytes += end - start;
    this.#statusRead = Math.abs(status);
    this.#isHttp10 = status < 0;
    this.#part = "header";
  }

  #readHeader(bytes: Uint8Array, start: number, end: number): void {
    if (start === end) {
      this.#endHead();
      return;
    }
    this.#headerBytes += end - start;
    const colon = nameEnd(bytes, start, end);
    if (colon < 0) {
      this.answer = "malformed";
      return;
    }
    const length = colon - start;
    if (length === 10 && isName(bytes, start, connectionName)) {
      this.#connection = appended(this.#connection, valueText(bytes, colon + 1, end));
    } else if (length === 10 && isName(bytes, start, keepAliveName)) {
      this.keepAlive ??= valueText(bytes, colon + 1, end);
    } else if (length === 11 && isName(bytes, start, retryAfterName)) {
      this.retryAfter ??= valueText(bytes, colon + 1, end);
    } else if (length === 14 && isName(bytes, start, contentLengthName)) {
      const isSecond = this.#length !== null;
      this.#length = readLength(bytes, colon + 1, end);
      if (isSecond || this.#length === null) this.answer = "malformed";
    } else if (length === 17 && isName(bytes, start, transferEncodingName)) {
      this.#encoding = appended(this.#encoding, valueText(bytes, colon + 1, end));
    } else if (this.wanted !== null) {
      const header = { name: bytes.subarray(start, colon), value: valueText(bytes, colon + 1, end) };
      keepWanted(this.others, this.wanted, header);
    }
  }

  #endHead(): void {
    const status = this.#statusRead;
    if (status === 100 || status === 101) this.answer = "unasked";
    else if (this.#encoding !== null && this.#length !== null) this.answer = "malformed";
    else if (status < 200) {
      this.#interimAnswers += 1;
      if (this.#interimAnswers > interimAnswersMax) this.answer = "interim";
      this.#beginHead();
    } else {
      this.status = status;
      this.#headerBytes = 0;
      this.#beginBody(status);
    }
  }

  #beginBody(status: number): void {
    if (status === 204 || status === 304) this.#complete();
    else if (this.#encoding !== null) {
      const codings = tokens(this.#encoding);
      const chunkedAt = codings.indexOf("chunked");
      // What ends with another coding ends with the connection (RFC 9112, section 6.3).
      if (chunkedAt >= 0 && chunkedAt < codings.length - 1) this.answer = "malformed";
      else this.#part = chunkedAt < 0 ? "rest" : "chunk-size";
    } else if (this.#length === null) this.#part = "rest";
    else if (this.#length === 0) this.#complete();
    else {
      this.#missing = this.#length;
      this.#part = "body";
    }
  }

  #beginChunk(size: number | null): void {
    if (size === null) this.answer = "malformed";
    else {
      this.#missing = size;
      this.#part = size === 0 ? "trailer" : "chunk";
    }
  }

  #readTrailer(bytes: Uint8Array, start: number, end: number): void {
    this.#headerBytes += end - start;
    if (start === end) this.#complete();
    else if (nameEnd(bytes, start, end) < 0) this.answer = "malformed";
  }

  #complete(): void {
    this.#part = "nothing";
    this.answer = "complete";
  }

  #takeBody(bytes: Uint8Array, start: number, end: number): number {
    const isRest = this.#part === "rest";
    const taken = isRest ? end - start : Math.min(end - start, this.#missing);
    if (!isRest) this.#missing -= taken;
    // Reading on would only serve to use the connection again, at the pace that the receiver likes.
    if (!this.#body.add(bytes, start, start + taken, this.#length)) this.answer = "cut";
    else if (!isRest && this.#missing === 0) {
      if (this.#part === "chunk") this.#part = "chunk-end";
      else this.#complete();
    }
    return taken;
  }
}

const appended = (list: string | null, more: string): string => (list === null ? more : `${list},${more}`);

const tokens = (list: string): string[] => list.split(",").map((token) => token.trim().toLowerCase());

function joined(first: Uint8Array, second: Uint8Array): Uint8Array {
  const whole = new Uint8Array(first.length + second.length);
  whole.set(first);
  whole.set(second, first.length);
  return whole;
}
