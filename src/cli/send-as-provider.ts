/** Sends one request exactly as it is, as a provider would: no redirect is followed, and nothing is tried again. */
import { request as requestHttp } from "node:http";
import { request as requestHttps } from "node:https";
import type { SchemeAnswer, SchemeRequest } from "../inbound/schemes/scheme.ts";

export interface ProviderAnswer extends SchemeAnswer {
  readonly durationMs: number;
}

export interface NoAnswer {
  readonly failure: string;
  readonly durationMs: number;
}

const answerBytesMax = 64 * 1024;

/** Never rejects. The deadline is over everything. */
export function sendAsProvider(
  request: SchemeRequest,
  { deadlineMs, signal }: { readonly deadlineMs: number; readonly signal: AbortSignal },
): Promise<ProviderAnswer | NoAnswer> {
  const url = new URL(request.url);
  const begunMs = performance.now();
  const headers = ["Host", url.host, "User-Agent", "trotline-trigger", "Connection", "close", ...request.headers];
  if (request.body.length > 0 || request.method === "POST") headers.push("Content-Length", String(request.body.length));
  return new Promise((resolve) => {
    const durationMs = (): number => Math.round(performance.now() - begunMs);
    const fail = (failure: string): void => resolve({ failure, durationMs: durationMs() });
    const deadline = AbortSignal.timeout(deadlineMs);
    const send = url.protocol === "https:" ? requestHttps : requestHttp;
    const options = {
      method: request.method,
      headers,
      agent: false as const,
      path: pathOf(request.url),
      signal: AbortSignal.any([signal, deadline]),
    };
    const sent = send(url, options, (response) => {
      const chunks: Buffer[] = [];
      let length = 0;
      response.on("data", (chunk: Buffer) => {
        if (length < answerBytesMax) chunks.push(chunk);
        length += chunk.length;
      });
      response.on("error", () => fail(whyNone(deadline, deadlineMs)));
      response.on("end", () =>
        resolve({
          status: response.statusCode ?? 0,
          headers: response.rawHeaders,
          body: Buffer.concat(chunks).subarray(0, answerBytesMax).toString("utf8"),
          durationMs: durationMs(),
        }),
      );
    });
    sent.on("error", (error: NodeJS.ErrnoException) =>
      fail(deadline.aborted ? whyNone(deadline, deadlineMs) : `No connection: ${error.code ?? error.message}.`),
    );
    sent.end(request.body);
  });
}

const whyNone = ({ aborted }: AbortSignal, deadlineMs: number): string =>
  aborted ? `There was no answer within ${deadlineMs} ms.` : "The answer ended in the middle.";

/** As the URL is written: it may be signed. */
function pathOf(url: string): string {
  const [, rest = ""] = /^https?:\/\/[^/?#]*([^#]*)/i.exec(url) ?? [];
  return rest.startsWith("/") ? rest : `/${rest}`;
}
