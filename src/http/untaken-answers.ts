/** Answers that their clients do not take: written, and still in the memory of this process. */
import type { ServerResponse } from "node:http";
import { httpLimits } from "./http-limits.ts";

/**
 * Bounds the memory of answers to clients that read slowly, or not at all. Beyond the limit, whoever has had its answer
 * for the longest is cut off: a client that reads has it by then. Bytes that many are given count once.
 */
export class UntakenAnswers {
  readonly #bytesMax: number;
  /** Whose answer it is, and what of it is in memory, the oldest first. */
  readonly #answers = new Map<ServerResponse, Uint8Array>();
  readonly #sharers = new Map<Uint8Array, number>();
  #bytes = 0;

  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /**
   * To be called when a whole answer was written. One that takes nothing for `stalledMsMax` is cut off whatever the
   * others take.
   */
  add(response: ServerResponse, bytes: Uint8Array, stalledMsMax: number = httpLimits.streamIdleMs): void {
    if (!isUntaken(response)) return;
    // Until the answer has left: then the server sets its own time for the next request.
    response.socket?.setTimeout(stalledMsMax);
    this.hold(response, bytes);
    response.once("close", () => this.release(response));
  }

  /** Counts the bytes until `release`, or until the answer is cut off. A response has one at a time. */
  hold(response: ServerResponse, bytes: Uint8Array): void {
    this.release(response);
    this.#answers.set(response, bytes);
    const sharers = this.#sharers.get(bytes) ?? 0;
    this.#sharers.set(bytes, sharers + 1);
    if (sharers === 0) this.#bytes += bytes.length;
    for (const oldest of this.#answers.keys()) {
      if (this.#bytes <= this.#bytesMax) break;
      this.release(oldest);
      oldest.destroy();
    }
  }

  release(response: ServerResponse): void {
    const bytes = this.#answers.get(response);
    if (bytes === undefined) return;
    this.#answers.delete(response);
    const sharers = (this.#sharers.get(bytes) ?? 1) - 1;
    if (sharers > 0) {
      this.#sharers.set(bytes, sharers);
      return;
    }
    this.#sharers.delete(bytes);
    this.#bytes -= bytes.length;
  }
}

/** False where the operating system has taken all of it. */
const isUntaken = ({ socket }: ServerResponse): boolean => socket !== null && socket.writableLength > 0;

/** One for all servers of the process: it is the process whose memory they share. */
export const untakenAnswers = new UntakenAnswers(httpLimits.untakenBytes);
