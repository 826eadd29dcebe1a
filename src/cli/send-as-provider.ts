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
export async function sendAsProvider(
  request: SchemeRequest,
  { deadlineMs, signal }: { readonly deadlineMs: number; readonly signal: AbortSignal },
): Promise<ProviderAnswer | NoAnswer> {
  const begunMs = performance.now();
  const deadline = AbortSignal.timeout(deadlineMs);
  const durationMs = (): number => Math.round(performance.now() - begunMs);
  try {
    const answer = await exchange(request, AbortSignal.any([signal, deadline]));
    return { ...answer, durationMs: durationMs() };
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const failure = deadline.aborted
      ? `There was no answer within ${deadlineMs} ms.`
      : error instanceof CutShort
        ? "The answer ended in the middle."
        : code?.startsWith("HPE_")
          ? `The answer is not HTTP: ${code}.`
          : `It could not be sent: ${code ?? message}.`;
    return { failure, durationMs: durationMs() };
  }
}

class CutShort extends Error {}

/** Throws, or rejects, where there is no whole answer. */
function exchange(request: SchemeRequest, signal: AbortSignal): Promise<SchemeAnswer> {
  const url = new URL(request.url);
  const headers = ["Host", url.host, "User-Agent", "trotline-trigger", "Connection", "close", ...request.headers];
  if (request.body.length > 0 || request.method === "POST") headers.push("Content-Length", String(request.body.length));
  return new Promise((resolve, reject) => {
    const send = url.protocol === "https:" ? requestHttps : requestHttp;
    const options = { method: request.method, headers, agent: false as const, path: pathOf(request.url), signal };
    const sent = send(url, options, (response) => {
      const chunks: Buffer[] = [];
      let length = 0;
      response.on("data", (chunk: Buffer) => {
        if (length < answerBytesMax) chunks.push(chunk);
        length += chunk.length;
      });
      response.on("error", () => reject(new CutShort()));
      response.on("end", () =>
        resolve({
          status: response.statusCode ?? 0,
          headers: response.rawHeaders,
          body: Buffer.concat(chunks).subarray(0, answerBytesMax).toString("utf8"),
        }),
      );
    });
    sent.on("upgrade", (_response, socket) => {
      socket.destroy();
      reject(new Error("the receiver switched to another protocol"));
    });
    sent.on("error", reject);
    sent.end(request.body);
  });
}

/** As the URL is written: it may be signed. */
function pathOf(url: string): string {
  const [, rest = ""] = /^https?:\/\/[^/?#]*([^#]*)/i.exec(url) ?? [];
  return rest.startsWith("/") ? rest : `/${rest}`;
}
