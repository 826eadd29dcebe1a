/** Answers of a server of hooks, with the headers that Go's server would send. */
import { type ServerResponse, STATUS_CODES } from "node:http";
import { bytesOfText } from "../inbound/hooks-file/byte-text.ts";
import { canonicalHeader } from "../inbound/hooks-file/canonical-header.ts";
import type { HookHeader } from "../inbound/hooks-file/hook.ts";
import type { HookAnswer } from "../inbound/hooks-serving/hook-receiving.ts";
import { sniffedContentType } from "./hooks-server-content-type.ts";

const headerName = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
/** They belong to HTTP itself: a hook that sets them would break the answer. */
const framing = new Set(["content-length", "transfer-encoding", "trailer", "keep-alive", "upgrade"]);

/** Sets what can be set, the last of a name counting; what is no name of a header is left out, as there. */
export function setHookHeaders(response: ServerResponse, headers: readonly HookHeader[]): void {
  for (const { name, value } of headers) {
    if (!headerName.test(name) || framing.has(name.toLowerCase())) continue;
    response.setHeader(canonicalHeader(name), headerBytes(value));
  }
}

/** Characters stand for bytes; line ends are spaces. */
function headerBytes(value: string): string {
  const characters = Buffer.from(bytesOfText(value))
    .toString("latin1")
    .replace(/[\r\n]/g, " ");
  // biome-ignore lint/suspicious/noControlCharactersInRegex: Node refuses to send them
  return characters.replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f]/g, "").trim();
}

export function sendHookAnswer(response: ServerResponse, { status, headers, body }: HookAnswer): void {
  setHookHeaders(response, headers);
  response.statusCode = status;
  // Go's server says nothing of the connection where it does what clients of this version take for granted.
  const isUsual = (response.req.httpVersion === "1.1") === response.shouldKeepAlive;
  if (isUsual && !response.hasHeader("connection")) response.removeHeader("connection");
  if (status === 304) response.removeHeader("content-type");
  const hasBody = status !== 204 && status !== 304;
  if (hasBody && body.length > 0 && !response.hasHeader("content-type") && !response.hasHeader("content-encoding")) {
    response.setHeader("Content-Type", sniffedContentType(body));
  }
  if (hasBody) response.setHeader("Content-Length", body.length);
  response.end(hasBody ? body : undefined);
}

/** Where no hook is concerned: the headers of flags are not set either, as there. */
export function sendPlain(response: ServerResponse, status: number, text: string): void {
  sendHookAnswer(response, { status, headers: [], body: Buffer.from(text) });
}

export function sendPageNotFound(response: ServerResponse): void {
  response.setHeader("X-Content-Type-Options", "nosniff");
  sendPlain(response, 404, "404 page not found\n");
}

export function sendRedirect(response: ServerResponse, location: string): void {
  response.setHeader("Location", location);
  sendPlain(response, 301, "");
}

export function sendMalformed(response: ServerResponse, status: 400 | 505 = 400, why = ""): void {
  response.setHeader("Connection", "close");
  response.setHeader("Content-Type", "text/plain; charset=utf-8");
  sendPlain(response, status, `${status} ${STATUS_CODES[status]}${why}`);
}
