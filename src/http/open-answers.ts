import type { ServerResponse } from "node:http";
import type { FastifyReply, FastifyRequest } from "fastify";
import type { Keys } from "../registry/keys.ts";
import { credentialOf } from "./authenticate.ts";

/** How often answers are looked at whose keys end by themselves. */
const lookEveryMs = 1000;

/** Answers to requests that came with the same text of a key. */
interface SameText {
  readonly keyId: string;
  readonly answers: Set<ServerResponse>;
  /** Listens to each of them. */
  readonly forget: (this: ServerResponse) => void;
}

/**
 * Answers that may take long (streams, and those that wait for an event), to be cut off when what they came with no
 * longer works: its key was ended or has expired, or has another text since. The clients come again, and are told why
 * they may not.
 */
export class OpenAnswers {
  readonly #keys: Pick<Keys, "isTaken" | "hasEnd">;
  readonly #publicUrl: string | null;
  /** By the text. Nothing else of a request is held: ten thousand may wait. */
  readonly #byText = new Map<string, SameText>();
  #timer: NodeJS.Timeout | null = null;

  constructor(keys: Pick<Keys, "isTaken" | "hasEnd" | "onTextEnded">, publicUrl: string | null) {
    this.#keys = keys;
    this.#publicUrl = publicUrl;
    keys.onTextEnded((id) => this.#look((keyId) => keyId === id));
  }

  add(request: FastifyRequest, reply: FastifyReply): void {
    const text = request.key === null ? null : credentialOf(request.headers, this.#publicUrl);
    if (text === null) return;
    const same = this.#byText.get(text) ?? this.#begin(text, request.keyId);
    same.answers.add(reply.raw);
    reply.raw.on("close", same.forget);
    this.#timer ??= setInterval(() => this.#beat(), lookEveryMs).unref();
  }

  #begin(text: string, keyId: string): SameText {
    const byText = this.#byText;
    const answers = new Set<ServerResponse>();
    const forget = function (this: ServerResponse): void {
      answers.delete(this);
      if (answers.size === 0) byText.delete(text);
    };
    const same = { keyId, answers, forget };
    byText.set(text, same);
    return same;
  }

  #beat(): void {
    this.#look((keyId) => this.#keys.hasEnd(keyId));
    if (this.#byText.size > 0 || this.#timer === null) return;
    clearInterval(this.#timer);
    this.#timer = null;
  }

  #look(isAsked: (keyId: string) => boolean): void {
    for (const [text, { keyId, answers }] of this.#byText) {
      if (!isAsked(keyId) || this.#keys.isTaken(text)) continue;
      for (const answer of answers) answer.req.socket.destroy();
    }
  }
}
