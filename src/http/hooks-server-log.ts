/** What a server of hooks logs of a request: the line for each, and with `-debug` all of it. */
import type { IncomingMessage, ServerResponse } from "node:http";
import { credentialName } from "../core/credential-name.ts";
import { loggable } from "../inbound/hooks-serving/hooks-log.ts";
import { decoded } from "./wire-request.ts";

/** `[be6f69] 200 | 4 B | 66.079µs | 127.0.0.1:9000 | GET /hooks/deploy`. */
export function requestLine(
  requestId: string,
  { request, response }: { readonly request: IncomingMessage; readonly response: ServerResponse },
  { startedMs, isMasked }: { readonly startedMs: number; readonly isMasked: boolean },
): string {
  const bytes = Number(response.getHeader("content-length") ?? 0);
  const { host = "" } = request.headers;
  const took = goDuration(performance.now() - startedMs);
  const asked = `${request.method} ${shownTarget(request, isMasked)}`;
  return `[${requestId}] ${response.statusCode} | ${goSize(bytes)} | ${took} | ${loggable(host)} | ${loggable(asked)}`;
}

/** In a log, nobody needs to see what may be a credential, or what signs. */
const isHidden = (name: string): boolean => credentialName.test(name) || /sig|key|auth/i.test(name);

function shownTarget({ url = "" }: IncomingMessage, isMasked: boolean): string {
  const mark = url.indexOf("?");
  if (!isMasked || mark === -1) return url;
  const shown = url
    .slice(mark + 1)
    .split("&")
    .map((parameter) => {
      const [name = "", ...values] = parameter.split("=");
      return values.length > 0 && isHidden(decoded(name)) ? `${name}=(not shown)` : parameter;
    });
  return `${url.slice(0, mark)}?${shown.join("&")}`;
}

export function dumpedRequest(requestId: string, request: IncomingMessage, options: DumpOptions): string {
  const lines = [`> [${requestId}] ${request.method} ${loggable(shownTarget(request, options.isMasked))}`];
  for (let index = 0; index < request.rawHeaders.length; index += 2) {
    const name = request.rawHeaders[index] ?? "";
    const value = options.isMasked && isHidden(name) ? "(not shown)" : (request.rawHeaders[index + 1] ?? "");
    lines.push(`> [${requestId}] ${loggable(name)}: ${loggable(value)}`);
  }
  const text = Buffer.from(options.body).toString("utf8");
  if (text !== "") lines.push(...text.split("\n").map((line) => `> [${requestId}] ${loggable(line)}`));
  return `${lines.join("\n")}\n`;
}

export interface DumpOptions {
  readonly body: Uint8Array;
  /** Values that may be credentials are not shown. */
  readonly isMasked: boolean;
}

export function dumpedAnswer(requestId: string, response: ServerResponse): string {
  const headers = Object.entries(response.getHeaders()).map(
    ([name, value]) => `< [${requestId}] ${name}: ${loggable(String(value))}`,
  );
  return `${[`< [${requestId}] ${response.statusCode}`, ...headers].join("\n")}\n`;
}

function goDuration(ms: number): string {
  if (ms < 1) return `${(ms * 1000).toFixed(3)}µs`;
  return ms < 1000 ? `${ms.toFixed(3)}ms` : `${(ms / 1000).toFixed(3)}s`;
}

function goSize(bytes: number): string {
  const units = ["B", "KiB", "MiB", "GiB"];
  let size = bytes;
  let unit = 0;
  for (; size >= 1024 && unit < units.length - 1; unit++) size /= 1024;
  return `${unit === 0 || size >= 10 ? Math.round(size) : size.toFixed(1)} ${units[unit]}`;
}
