/** Sends one request to local code: once, exactly as it is, and without following a redirect. */
import { type IncomingMessage, request as requestHttp } from "node:http";
import { request as requestHttps } from "node:https";
import { awakeDeadline } from "./awake.ts";
import type { LocalRequest } from "./local-request.ts";

export interface LocalAnswer {
  readonly status: number;
  /** Names and values in turn, as they came. */
  readonly headers: readonly string[];
  /** The beginning of the body. */
  readonly body: Uint8Array;
  /** Of the whole body. */
  readonly bytes: number;
  /** Why the body is not whole; null where it is. The answer counts all the same: local code had the event. */
  readonly brokenOff: string | null;
}

/** `unreached`: it should be sent again; `late`: local code has it, and says nothing for too long. */
export interface NoLocalAnswer {
  readonly failure: string;
  readonly kind: "unreached" | "late" | "stopped";
}

interface Sending {
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

const answerBytesMax = 64 * 1024;
/** Of an answer: more than any server sends, for what is too much would count as none. */
const headBytesMax = 1024 * 1024;

/** Never rejects. */
export async function sendLocally(
  request: LocalRequest,
  { timeoutMs, signal }: Sending,
): Promise<LocalAnswer | NoLocalAnswer> {
  const deadline = awakeDeadline(timeoutMs);
  try {
    const { cause, ...answer } = await exchange(request, AbortSignal.any([signal, deadline.signal]));
    if (cause === null) return { ...answer, brokenOff: null };
    if (signal.aborted) return { failure: "It was stopped.", kind: "stopped" };
    const isLate = deadline.signal.aborted;
    return { ...answer, brokenOff: isLate ? `There was no end within ${timeoutMs} ms.` : sentenceOf(cause, request) };
  } catch (error) {
    if (signal.aborted) return { failure: "It was stopped.", kind: "stopped" };
    if (deadline.signal.aborted) return { failure: `There was no answer within ${timeoutMs} ms.`, kind: "late" };
    return { failure: sentenceOf(error as NodeJS.ErrnoException, request), kind: "unreached" };
  } finally {
    deadline.end();
  }
}

function sentenceOf({ code, message }: NodeJS.ErrnoException, { url }: LocalRequest): string {
  const { origin } = new URL(url);
  if (code === "ECONNREFUSED") return `Nothing listens at ${origin}.`;
  if (code === "ENOTFOUND" || code === "EAI_AGAIN") return `There is no machine of the name in ${origin}.`;
  if (code === "ECONNRESET" || code === "EPIPE") return `${origin} hung up before it had answered.`;
  if (code?.startsWith("HPE_")) return `What answers at ${origin} is not HTTP: ${code}.`;
  return `It could not be sent to ${origin}: ${code ?? message}.`;
}

type Received = Omit<LocalAnswer, "brokenOff"> & { readonly cause: Error | null };

/** Throws, or rejects, where no answer begins; `cause` is why one that did has no end. */
function exchange({ method, url, headers, body }: LocalRequest, signal: AbortSignal): Promise<Received> {
  return new Promise((resolve, reject) => {
    const { protocol, host } = new URL(url);
    const send = protocol === "https:" ? requestHttps : requestHttp;
    const hasHost = headers.some((name, at) => at % 2 === 0 && name.toLowerCase() === "host");
    const sent = send(url, {
      ...{ method, signal, path: pathOf(url), maxHeaderSize: headBytesMax },
      headers: hasHost ? [...headers] : ["Host", host, ...headers],
      // A connection of its own: one that was kept may be closed by the other side while this is written to it.
      agent: false,
    });
    let fail: (error: Error) => void = reject;
    const begun = ({ statusCode: status = 0, rawHeaders }: IncomingMessage) => {
      const chunks: Buffer[] = [];
      let bytes = 0;
      const end = (cause: Error | null): void => {
        const shown = Buffer.concat(chunks).subarray(0, answerBytesMax);
        resolve({ status, headers: rawHeaders, body: shown, bytes, cause });
      };
      fail = end;
      const take = (chunk: Buffer): void => {
        if (bytes < answerBytesMax) chunks.push(chunk);
        bytes += chunk.length;
      };
      return { take, end };
    };
    sent.on("response", (response) => {
      const { take, end } = begun(response);
      response.on("data", take);
      response.on("error", end);
      response.on("end", () => end(null));
    });
    sent.on("upgrade", (response, socket) => {
      socket.destroy();
      begun(response).end(null);
    });
    sent.on("error", (error) => fail(error));
    sent.end(body);
  });
}

/** As the URL is written: a provider may have signed it. */
const pathOf = (url: string): string => /^https?:\/\/[^/?]*(.*)/i.exec(url)?.[1] || "/";
