/** Code of an embedding program that takes events: what it is given, what it may answer, and under which name it is. */
import type { NewEvent } from "./event.ts";
import type { Logger } from "./ports.ts";
import { decodeRequest, type KeptRequest } from "./received-request.ts";

/** An event, as a handler sees it. */
export interface HandlerEvent {
  readonly id: string;
  readonly tenant: string;
  readonly type: string;
  readonly subject: string | null;
  readonly version: string | null;
  readonly occurredAt: Date;
  /** What its JSON stands for. */
  readonly data: unknown;
  /** The JSON itself, byte for byte; a copy, as is the body of the request: they are the handler's own. */
  readonly dataBytes: Uint8Array;
  /** The request that it came with; null where it was published. */
  readonly request: KeptRequest | null;
}

export interface HandlerContext {
  readonly endpointId: string;
  /** 1 for the first attempt. */
  readonly attempt: number;
  /** Aborted when its time is up, its endpoint is deleted, or the app closes: nobody waits for it any more. */
  readonly signal: AbortSignal;
  readonly logger: Logger;
  /** What is written is kept with the attempt, within bounds, and shown to those who follow the endpoint's output. */
  write(output: string | Uint8Array, stream?: "stdout" | "stderr"): void;
}

/** Of a handler that succeeded. */
export interface HandlerResult {
  /** Kept as the attempt's status: 0 to 255, such as the exit status of a program that it ran. */
  readonly status?: number;
}

/** Resolves when the event is handled; throws, or rejects, when it is to come again. */
export type Handler = (
  event: HandlerEvent,
  context: HandlerContext,
  // biome-ignore lint/suspicious/noConfusingVoidType: a handler that answers nothing is the usual one
) => Promise<HandlerResult | void> | HandlerResult | void;

/** `interrupted`: nothing is known of it, and it is as if it had not been attempted. */
const handlerErrorClasses = ["handler", "exit_status", "signal", "spawn", "command", "timeout", "interrupted"] as const;
export type HandlerErrorClass = (typeof handlerErrorClasses)[number];

export interface HandlerFailureOptions {
  /** `handler` where absent. */
  readonly errorClass?: HandlerErrorClass;
  /** 0 to 255, such as the exit status of a program that it ran. */
  readonly status?: number;
  /** The endpoint rests for so long. */
  readonly retryAfterMs?: number;
  /** The failure is the event's own: it says nothing of the endpoint's health. */
  readonly isEcho?: boolean;
  readonly cause?: unknown;
}

/** An error that says more than that it failed; any other error does as well. */
export class HandlerFailure extends Error {
  override readonly name = "HandlerFailure";
  readonly errorClass: HandlerErrorClass;
  readonly status: number | null;
  readonly retryAfterMs: number | null;
  readonly isEcho: boolean;

  constructor(sentence: string, { errorClass, status, retryAfterMs, isEcho, cause }: HandlerFailureOptions = {}) {
    super(sentence, cause === undefined ? undefined : { cause });
    this.errorClass = handlerErrorClasses.find((known) => known === errorClass) ?? "handler";
    this.status = handlerStatus(status);
    this.retryAfterMs = retryAfterMs !== undefined && retryAfterMs >= 0 ? retryAfterMs : null;
    this.isEcho = isEcho === true;
  }
}

/** No HTTP status: those mean something to the endpoint's lane. */
export const handlerStatus = (status: unknown): number | null =>
  Number.isInteger(status) && (status as number) >= 0 && (status as number) <= 255 ? (status as number) : null;

/** The handlers of an app, by the names that endpoints call them. They may change while it runs. */
export class Handlers {
  readonly #byName = new Map<string, Handler>();

  constructor(handlers: Readonly<Record<string, Handler>> = {}) {
    for (const [name, handler] of Object.entries(handlers)) this.set(name, handler);
  }

  get(name: string): Handler | undefined {
    return this.#byName.get(name);
  }

  has(name: string): boolean {
    return this.#byName.has(name);
  }

  /** In place of one of that name. */
  set(name: string, handler: Handler): void {
    this.#byName.set(name, handler);
  }

  /** Events of its endpoints wait from then on, until it is set again. */
  delete(name: string): void {
    this.#byName.delete(name);
  }
}

const decoder = new TextDecoder();

/** `stored`: the event as it was accepted, to which its request belongs. */
export function handlerEvent(event: NewEvent, stored: NewEvent): HandlerEvent {
  const { id, tenant, type, subject, version, data } = event;
  let parsed: { readonly value: unknown } | null = null;
  let bytes: Uint8Array | undefined;
  let request: KeptRequest | null | undefined;
  return {
    id,
    tenant,
    type,
    subject,
    version,
    occurredAt: new Date(event.occurredAtMs),
    get dataBytes(): Uint8Array {
      bytes ??= new Uint8Array(data);
      return bytes;
    },
    get data(): unknown {
      parsed ??= { value: JSON.parse(decoder.decode(data)) };
      return parsed.value;
    },
    get request(): KeptRequest | null {
      if (request === undefined) {
        request =
          stored.request === null ? null : decodeRequest(new Uint8Array(stored.request), new Uint8Array(stored.data));
      }
      return request;
    },
  };
}
