/** The standard output: tables for people, JSON lines for programs. */
import { styleText } from "node:util";
import { ClientFailure } from "./failure-text.ts";

export interface Output {
  /** True where a person reads: a terminal, and JSON was not asked for. */
  readonly isTable: boolean;
  /** Columns of the terminal. */
  readonly width: number;
  /** Resolves when the text has been taken, so that nobody writes faster than is read. Nothing once it was closed. */
  write(text: string | Uint8Array): Promise<void>;
  /** Each JSON text as a line of its own. */
  writeJsonLines(texts: readonly (string | Uint8Array)[]): Promise<void>;
  /** Plain where colours are not wanted. */
  dim(text: string): string;
}

const widthWithoutTerminal = 80;

/**
 * `onClosed` hears that nothing more can be written: null where the reader has gone, as `head` does when it has seen
 * enough, and a failure where the disk is full, say.
 */
export function systemOutput(options: {
  readonly isJson: boolean;
  readonly onClosed: (failure: ClientFailure | null) => void;
}): Output {
  const stream = process.stdout;
  const isTerminal = stream.isTTY === true;
  let isClosed = false;
  stream.on("error", (error: NodeJS.ErrnoException) => {
    if (isClosed) return;
    isClosed = true;
    const isUnread = error.code === "EPIPE" || error.code === "ERR_STREAM_DESTROYED";
    options.onClosed(isUnread ? null : new ClientFailure(`The output cannot be written: ${error.message}.`, []));
  });
  const write = (text: string | Uint8Array): Promise<void> =>
    new Promise((resolve) => {
      if (isClosed) resolve();
      else stream.write(text, () => resolve()); // Called on failure too, which "error" tells of.
    });
  return {
    isTable: isTerminal && !options.isJson,
    get width() {
      return stream.columns || widthWithoutTerminal;
    },
    write,
    writeJsonLines: async (texts) => {
      if (texts.length > 0) await write(Buffer.concat(texts.flatMap((text) => [lineOf(text, isTerminal), newline])));
    },
    dim: (text) => styleText("dim", text, { stream }),
  };
}

const newline = Buffer.from("\n");
const spoken = /[\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;

/**
 * JSON may be written over several lines, and hold control characters beyond ASCII, and marks that turn the writing
 * direction, as they are, which a terminal would obey. Everything else stays as it came.
 */
function lineOf(json: string | Uint8Array, isTerminal: boolean): Uint8Array {
  const bytes = typeof json === "string" ? Buffer.from(json) : Buffer.from(json.buffer, json.byteOffset, json.length);
  // In JSON, the end of a line stands between tokens only, where a space does as well.
  const line =
    bytes.includes(0x0a) || bytes.includes(0x0d)
      ? Buffer.from(bytes.toString("latin1").replace(/[\r\n]/g, " "), "latin1")
      : bytes;
  if (!isTerminal) return line;
  return Buffer.from(line.toString("utf8").replace(spoken, escaped));
}

const escaped = (character: string): string => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
