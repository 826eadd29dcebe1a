/**
 * Structured logging with pino behind `Logger`: one JSON object a line, or lines for people on a terminal. Written
 * synchronously, so that the last words of a process that dies are there; nothing is logged once a delivery.
 */
import { isatty } from "node:tty";
import { destination, pino, stdSerializers } from "pino";
import type { Logger } from "../core/ports.ts";

export const logLevels = ["debug", "info", "warn", "error", "silent"] as const;
export type LogLevel = (typeof logLevels)[number];

/** Where lines go; each ends with a newline. */
export interface LogDestination {
  write(line: string): void;
}

export interface SystemLoggerOptions {
  readonly level: LogLevel;
  /** `auto` writes for people when standard error is a terminal. */
  readonly format?: "auto" | "json" | "pretty";
  /** Standard error by default: standard output belongs to what a command answers. */
  readonly destination?: LogDestination;
}

/** How deep facts are searched for members that must not be seen; what lies deeper is left out. */
const depthMax = 5;

const censored = "[redacted]";

/** The rule is that nobody logs these; the net is for the day when somebody does. `keyId` and `idempotencyKey` pass. */
const secretName =
  /secret|authorization|password|passwd|cookie|token|credential|private.?key|api.?key|^key$|signature/i;
const secretText = /whsec_[A-Za-z0-9+/=_-]{8,}|\b(?:Bearer|Basic) [A-Za-z0-9+/=._~-]{8,}/g;

export function systemLogger(options: SystemLoggerOptions): Logger {
  const output = options.destination ?? destination({ fd: 2, sync: true });
  const format = options.format ?? "auto";
  const isPretty = format === "pretty" || (format === "auto" && options.destination === undefined && isatty(2));
  const write = (line: string) => {
    const safe = line.replace(secretText, censored);
    output.write(isPretty ? prettyLine(safe) : safe);
  };
  return pino(
    {
      level: options.level,
      base: null,
      timestamp: () => `,"time":"${new Date().toISOString()}"`,
      messageKey: "message",
      formatters: { level: (label) => ({ level: label }), log: (facts) => withoutSecrets(facts, 0) as object as Facts },
      serializers: { err: stdSerializers.err, error: stdSerializers.err },
    },
    { write },
  );
}

type Facts = Record<string, unknown>;

function withoutSecrets(value: unknown, depth: number): unknown {
  if (typeof value !== "object" || value === null || value instanceof Error || value instanceof Date) return value;
  if (ArrayBuffer.isView(value)) return `[${value.byteLength} bytes]`;
  if (depth >= depthMax) return "[deeper]";
  if (Array.isArray(value)) return value.map((item) => withoutSecrets(item, depth + 1));
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => [
      name,
      secretName.test(name) && member !== null && member !== undefined ? censored : withoutSecrets(member, depth + 1),
    ]),
  );
}

/** `12:34:56.789 WARN  An endpoint was disabled. endpoint=ep_1 reason=gone`, and an error's stack below. */
function prettyLine(line: string): string {
  const { level, time, message, err, error, ...facts } = JSON.parse(line) as Facts;
  const head = `${String(time).slice(11, 23)} ${String(level).toUpperCase().padEnd(5)} ${printable(String(message))}`;
  const members = Object.entries(facts).map(([name, fact]) => {
    return ` ${printable(name)}=${printable(typeof fact === "string" ? fact : JSON.stringify(fact))}`;
  });
  const failure = (err ?? error) as { stack?: unknown } | undefined;
  const stack = typeof failure?.stack === "string" ? failure.stack.split("\n") : [];
  return [head + members.join(""), ...stack.map((row) => `    ${printable(row)}`), ""].join("\n");
}

/** Receivers and publishers choose some of the text: it must not forge a line or drive the terminal. */
function printable(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
  return text.replace(/[\u0000-\u001f\u007f-\u009f]/g, (character) => {
    return `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
  });
}
