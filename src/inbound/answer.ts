import type { Source } from "../core/source.ts";
import type { HandshakeAnswer, Scheme } from "./schemes/scheme.ts";

/** What the one who sent a request is answered. */
export interface InboundAnswer {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

const plainText = "text/plain; charset=utf-8";
/** No browser takes an answer for anything else than it says. */
const noSniff = { "x-content-type-options": "nosniff" };

/** To an event, and to each of its copies. */
export function answerOf({ answer }: Source, scheme: Scheme): InboundAnswer {
  if (answer !== null) {
    const { status, body, contentType } = answer;
    return { status, headers: { "content-type": contentType, ...noSniff }, body };
  }
  if (scheme.answer === undefined) return accepted;
  const { status, headers, body } = scheme.answer;
  return { status, headers: { "content-type": plainText, ...asObject(headers), ...noSniff }, body };
}

const accepted: InboundAnswer = { status: 200, headers: { "content-type": plainText, ...noSniff }, body: "" };

/** A handshake sends back what a stranger wrote: never as anything that a browser would run. */
export function handshakeAnswer({ status, headers, body }: HandshakeAnswer): InboundAnswer {
  const own = asObject(headers);
  const isJson = /^application\/json\b/i.test(own["content-type"] ?? "");
  return { status, headers: { ...own, ...(!isJson && { "content-type": plainText }), ...noSniff }, body };
}

function asObject(headers: readonly string[]): Record<string, string> {
  const values: Record<string, string> = {};
  for (let index = 0; index < headers.length; index += 2) {
    values[(headers[index] ?? "").toLowerCase()] = headers[index + 1] ?? "";
  }
  return values;
}
