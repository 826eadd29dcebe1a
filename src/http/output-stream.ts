/** One reader of what an endpoint's programs and handlers write while they run, as server-sent events. */
import type { ServerResponse } from "node:http";
import { StringDecoder } from "node:string_decoder";
import type { AttemptResult } from "../core/attempt.ts";
import { limits } from "../core/limits.ts";
import type { LiveRun, OutputReader } from "../outbound/live-output.ts";
import type { OutputStream } from "../platform/running-process.ts";
import { wireTime } from "./wire-time.ts";

/** How often it is looked whether it ends; and how many looks apart a silent stream says that it is there. */
const beatMs = 500;
const beatsPerKeepAlive = 30;

export class OutputStreamWriter implements OutputReader {
  readonly #response: ServerResponse;
  readonly #isClosing: () => boolean;
  readonly #timer: NodeJS.Timeout;
  /** By run, and then by its outputs: characters of several bytes may come in pieces. */
  readonly #decoders = new Map<LiveRun, Record<OutputStream, StringDecoder>>();
  #beats = 0;

  constructor(response: ServerResponse, isClosing: () => boolean) {
    this.#response = response;
    this.#isClosing = isClosing;
    this.#timer = setInterval(() => this.#beat(), beatMs).unref();
  }

  started(run: LiveRun): void {
    this.#decoders.set(run, { stdout: new StringDecoder("utf8"), stderr: new StringDecoder("utf8") });
    const { eventType, startedAtMs } = run;
    this.#send("started", { ...aboutRun(run), event_type: eventType, started_at: wireTime(startedAtMs) });
  }

  wrote(run: LiveRun, stream: OutputStream, bytes: Uint8Array): void {
    this.#show(run, stream, this.#decoders.get(run)?.[stream].write(bytes) ?? "");
  }

  ended(run: LiveRun, result: AttemptResult): void {
    for (const stream of ["stdout", "stderr"] as const) {
      this.#show(run, stream, this.#decoders.get(run)?.[stream].end() ?? "");
    }
    this.#decoders.delete(run);
    const { status, errorClass, errorDetail, durationMs } = result;
    this.#send("ended", {
      ...aboutRun(run),
      delivered: errorClass === null,
      status,
      error_class: errorClass,
      error_detail: errorDetail,
      duration_ms: durationMs,
    });
  }

  closed(): void {
    this.#response.end();
  }

  /** The reader has gone. */
  stop(): void {
    clearInterval(this.#timer);
    this.#decoders.clear();
  }

  #show(run: LiveRun, stream: OutputStream, text: string): void {
    if (text !== "") this.#send("output", { ...aboutRun(run), stream, text });
  }

  #send(name: string, data: object): void {
    this.#write(`event: ${name}\ndata: ${JSON.stringify(data)}\n\n`);
  }

  /** Whoever does not keep up is cut off: what is kept of the output is with the attempt. */
  #write(text: string): void {
    if (this.#response.writableLength > limits.outputReaderBytes) this.#response.destroy();
    else this.#response.write(text);
  }

  #beat(): void {
    this.#beats += 1;
    if (this.#isClosing()) this.closed();
    else if (this.#beats % beatsPerKeepAlive === 0) this.#write(": keep-alive\n\n");
  }
}

const aboutRun = ({ eventId, attempt }: LiveRun): object => ({ event_id: eventId, attempt });
