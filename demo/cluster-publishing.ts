/** Publishes payloads at many processes in turn; what one does not take goes to the next, with the same ids. */
import type { Processes } from "./cluster-processes.ts";
import { batchBody, type Payload } from "./payloads.ts";

const eventsPerRequest = 6;
const pauseMs = 150;
/** One that is paused takes the connection and answers nothing. */
const requestMsMax = 1500;

export interface Numbered extends Payload {
  readonly id: string;
}

export class ClusterPublishing {
  readonly #processes: Processes;
  readonly #untilMs: number;
  #turn = 0;
  /** Requests that a process did not answer, or answered that it cannot. */
  refused = 0;

  constructor(processes: Processes, untilMs: number) {
    this.#processes = processes;
    this.#untilMs = untilMs;
  }

  async publish(payloads: readonly Numbered[]): Promise<void> {
    for (let first = 0; first < payloads.length; first += eventsPerRequest) {
      const body = batchBody(payloads.slice(first, first + eventsPerRequest));
      while (!(await this.#send(body))) {
        this.refused += 1;
        if (performance.now() > this.#untilMs) throw new Error("no process takes events");
      }
      await new Promise((resolve) => setTimeout(resolve, pauseMs));
    }
  }

  /** To whose turn it is. */
  async #send(body: string): Promise<boolean> {
    const servers = [...this.#processes.all.values()];
    const server = servers[this.#turn++ % servers.length];
    if (server === undefined) return false;
    try {
      const response = await fetch(`http://127.0.0.1:${server.port}/v1/events`, {
        method: "POST",
        headers: { authorization: `Bearer ${server.key}`, "content-type": "application/json" },
        body,
        signal: AbortSignal.timeout(requestMsMax),
      });
      const answer = await response.text();
      if (response.status === 200 || response.status === 201) return true;
      if (response.status !== 503) throw new Error(`publishing was answered ${response.status}: ${answer}`);
    } catch (error) {
      if (!isConnectionFailure(error)) throw error;
    }
    await new Promise((resolve) => setTimeout(resolve, pauseMs));
    return false;
  }
}

/** Nobody listens, it was cut off, or it took too long. */
const isConnectionFailure = (error: unknown): boolean =>
  error instanceof TypeError || (error instanceof DOMException && error.name === "TimeoutError");
