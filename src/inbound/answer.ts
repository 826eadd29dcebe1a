import type { Source } from "../core/source.ts";
import type { HeldAnswer } from "./bins/held-answers.ts";
import type { HandshakeAnswer, Scheme } from "./schemes/scheme.ts";

/** What the one who sent a request is answered. */
export interface InboundAnswer {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** Where it is not to be sent at once. */
  readonly held?: HeldAnswer;
}

const plainText = "text/plain; charset=utf-8";
/**
 * Others chose what is in an answer, and the dashboard is of the same origin: no browser takes it for anything else
 * than it says, or runs or loads anything for it.
 */
export const shut = {
  "x-content-type-options": "nosniff",
  "content-security-policy": "sandbox; default-src 'none'",
};

/** To an event, and to each of its copies. */
export function answerOf({ answer }: Source, scheme: Scheme): InboundAnswer {
  if (answer !== null) {
    const { status, body, contentType } = answer;
    return { status, headers: { "content-type": contentType, ...shut }, body };
  }
  if (scheme.answer === undefined) return accepted;
  const { status, headers, body } = scheme.answer;
  return { status, headers: { "content-type": plainText, ...asObject(headers), ...shut }, body };
}

const accepted: InboundAnswer = { status: 200, headers: { "content-type": plainText, ...shut }, body: "" };

/** A handshake sends back what a stranger wrote: never as anything that a browser would run. */
export function handshakeAnswer({ status, headers, body }: HandshakeAnswer): InboundAnswer {
  const own = asObject(headers);
  const isJson = /^application\/json\b/i.test(own["content-type"] ?? "");
  return { status, headers: { ...own, ...(!isJson && { "content-type": plainText }), ...shut }, body };
}

function asObject(headers: readonly string[]): Record<string, string> {
  const values: Record<string, string> = {};
  for (let index = 0; index < headers.length; index += 2) {
    values[(headers[index] ?? "").toLowerCase()] = headers[index + 1] ?? "";
  }
  return values;
}
