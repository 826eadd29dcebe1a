/** The log of a server of hooks: lines as adnanh/webhook writes them, so that what reads them goes on doing so. */

export interface HooksLog {
  /** Where the server is verbose. */
  say(text: string): void;
  /** What the operator must know, verbose or not. */
  warn(text: string): void;
}

export interface HooksLogOptions {
  readonly isVerbose: boolean;
  /** As there: where it is not verbose, nothing is said at all. */
  readonly isCompat: boolean;
  readonly now: () => Date;
  readonly write: (line: string) => void;
}

export function hooksLog({ isVerbose, isCompat, now, write }: HooksLogOptions): HooksLog {
  const line = (text: string): void => write(`[webhook] ${stamp(now())} ${text.endsWith("\n") ? text : `${text}\n`}`);
  const say = (text: string): void => {
    if (isVerbose) line(text);
  };
  return { say, warn: isCompat ? say : line };
}

/** `2026/11/22 11:57:16`, by the machine's clock and zone. */
function stamp(time: Date): string {
  const two = (number: number): string => String(number).padStart(2, "0");
  const day = `${time.getFullYear()}/${two(time.getMonth() + 1)}/${two(time.getDate())}`;
  return `${day} ${two(time.getHours())}:${two(time.getMinutes())}:${two(time.getSeconds())}`;
}

/** Clients choose some of the text: it must not forge a line. */
export function loggable(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
  return text.replace(/[\u0000-\u001f\u007f-\u009f\ud800-\udfff]/g, (character) => {
    return `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
  });
}

const loggedBytesMax = 16 * 1024;

/** What a program wrote, which may be what a client sent: each line but the first is indented. */
export function loggableLines(bytes: Uint8Array): string {
  const text = Buffer.from(bytes.subarray(0, loggedBytesMax)).toString("utf8").replace(/\n$/, "");
  const rest = bytes.length > loggedBytesMax ? [`[${bytes.length - loggedBytesMax} more bytes]`] : [];
  return [...text.split("\n"), ...rest].map(loggable).join("\n\t");
}
