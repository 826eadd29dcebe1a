import type { ServerResponse } from "node:http";
import type { FastifyReply, FastifyRequest } from "fastify";
import type { Keys } from "../registry/keys.ts";
import { keyText } from "./authenticate.ts";

/** How often answers are looked at whose keys end by themselves. */
const lookEveryMs = 1000;

/**
 * Answers that may take long (streams, and those that wait for an event), to be cut off when what they came with no
 * longer works: its key was ended or has expired, or has another text since. The clients come again, and are told why
 * they may not.
 */
export class OpenAnswers {
  readonly #keys: Pick<Keys, "isTaken" | "hasEnd">;
  readonly #requests = new Map<ServerResponse, FastifyRequest>();
  readonly #forget: (this: ServerResponse) => void;
  #timer: NodeJS.Timeout | null = null;

  constructor(keys: Pick<Keys, "isTaken" | "hasEnd" | "onTextEnded">) {
    this.#keys = keys;
    keys.onTextEnded((id) => this.#look((keyId) => keyId === id));
    const requests = this.#requests;
    this.#forget = function () {
      requests.delete(this);
    };
  }

  add(request: FastifyRequest, reply: FastifyReply): void {
    if (request.key === null) return;
    this.#requests.set(reply.raw, request);
    reply.raw.once("close", this.#forget);
    this.#timer ??= setInterval(() => this.#beat(), lookEveryMs).unref();
  }

  #beat(): void {
    this.#look((keyId) => this.#keys.hasEnd(keyId));
    if (this.#requests.size > 0 || this.#timer === null) return;
    clearInterval(this.#timer);
    this.#timer = null;
  }

  #look(isAsked: (keyId: string) => boolean): void {
    for (const [answer, request] of this.#requests) {
      if (!isAsked(request.keyId) || this.#keys.isTaken(keyText(request) ?? "")) continue;
      answer.req.socket.destroy();
    }
  }
}
