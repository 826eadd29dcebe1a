/** What a bin answers. A stranger's browser may show it on the dashboard's own origin: it runs nothing there. */
import type { BinAnswer } from "../../core/bin.ts";
import { headerValues, type ReceivedRequest } from "../../core/received-request.ts";
import { type InboundAnswer, shut } from "../answer.ts";

const plainText = "text/plain; charset=utf-8";
const preflightAgeSeconds = 600;

export function chosenAnswer(answer: BinAnswer | null, cors: boolean): InboundAnswer {
  const open = cors ? { "access-control-allow-origin": "*", "access-control-expose-headers": "*" } : {};
  if (answer === null) return { status: 200, headers: { "content-type": plainText, ...open, ...shut }, body: "" };
  const { status, headers, body } = answer;
  return { status, headers: { "content-type": plainText, ...headers, ...open, ...shut }, body };
}

/** A browser asks whether a page may send: it is no request of anybody's. */
export const isPreflight = ({ method, headers }: Pick<ReceivedRequest, "method" | "headers">): boolean =>
  method === "OPTIONS" &&
  headerValues(headers, "origin").length > 0 &&
  headerValues(headers, "access-control-request-method").length > 0;

const namesPattern = /^[\w!#$%&'*+.^`|~, -]{1,1024}$/;

/** Whatever is asked for: https://fetch.spec.whatwg.org/#cors-preflight-fetch. `*` does not stand for `authorization`. */
export function preflightAnswer({ headers }: Pick<ReceivedRequest, "headers">): InboundAnswer {
  const echo = (name: string): string => {
    const [asked = ""] = headerValues(headers, name);
    return namesPattern.test(asked) ? asked : "*";
  };
  return {
    status: 204,
    headers: {
      "access-control-allow-origin": "*",
      "access-control-allow-methods": echo("access-control-request-method"),
      "access-control-allow-headers": echo("access-control-request-headers"),
      "access-control-max-age": String(preflightAgeSeconds),
      ...shut,
    },
    body: "",
  };
}
