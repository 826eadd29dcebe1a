import { parentPort } from "node:worker_threads";
import type { ErrorCode } from "../../core/errors.ts";
import { writeError } from "./sqlite-error.ts";

/** What a thread answers to one question. Errors cross as a code and a sentence: an `Error` would lose its class. */
export type WorkerAnswer =
  | { readonly value: unknown }
  | { readonly error: { readonly code: ErrorCode; readonly detail: string } };

export interface Reply {
  readonly value: unknown;
  readonly transfer?: ArrayBuffer[];
}

/** In a thread: answers each question, in order; `null` asks it to end, and then `close` is called. */
export function serveQuestions<Question>(answer: (question: Question) => Reply, close: () => void): void {
  if (parentPort === null) throw new Error("this file is for a thread");
  const port = parentPort;
  port.on("message", (question: Question | null) => {
    if (question === null) {
      close();
      port.close();
      return;
    }
    try {
      const { value, transfer } = answer(question);
      port.postMessage({ value } satisfies WorkerAnswer, transfer ?? []);
    } catch (error) {
      const { code, message } = writeError(error);
      port.postMessage({ error: { code, detail: message } } satisfies WorkerAnswer);
    }
  });
}
