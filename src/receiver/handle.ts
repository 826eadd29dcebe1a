/** The program's own code, as a handler of the app's. Part of: verify → store → 2xx → [handle]. */

import { isTypePattern, type TypeFilter, typeFilter } from "../core/filter.ts";
import { type Handler, HandlerFailure } from "../core/handler.ts";
import type { Logger } from "../core/ports.ts";
import { type ReceivedEvent, receivedEvent } from "./received-event.ts";

export interface HandleContext {
  /** 1 for the first attempt. */
  readonly attempt: number;
  /** Aborted when its time is up, or the receiver closes: nobody waits for it any more. */
  readonly signal: AbortSignal;
}

/** Resolves when the event is handled; throws, or rejects, when it is to come again. */
// biome-ignore lint/suspicious/noExplicitAny: what a provider sends has whatever shape its handler says
export type Handle = (event: ReceivedEvent<any>, context: HandleContext) => unknown;

/** One for all, or by patterns of types, such as `github.push` and `stripe.*`, of which the first that fits counts. */
export type Handles = Handle | Readonly<Record<string, Handle>>;

interface Entry {
  readonly takes: TypeFilter;
  readonly handle: Handle;
}

/** Throws a TypeError where there is nothing to call. */
export function handlerOf(handles: Handles, logger: Logger): Handler {
  const entries = entriesOf(handles);
  return async (event, { attempt, signal }) => {
    const entry = entries.find(({ takes }) => takes(event.type));
    if (entry === undefined) return;
    try {
      await entry.handle(receivedEvent(event), { attempt, signal });
    } catch (error) {
      logger.warn({ err: error, event: event.id, type: event.type, attempt }, "An event could not be handled.");
      throw asFailure(error);
    }
  };
}

function entriesOf(handles: Handles): readonly Entry[] {
  if (typeof handles === "function") return [{ takes: () => true, handle: handles }];
  if (typeof handles !== "object" || handles === null) throw new TypeError("`handle` is a function, or has functions.");
  return Object.entries(handles).map(([pattern, handle]) => {
    if (!isTypePattern(pattern)) throw new TypeError(`\`handle\` has \`${pattern}\`, which is no pattern of types.`);
    if (typeof handle !== "function") throw new TypeError(`\`handle\` has no function as \`${pattern}\`.`);
    return { takes: typeFilter([pattern]), handle };
  });
}

/**
 * What a handler throws is the event's own affair: were it the lane's, ten events that fail would keep others of their
 * source from being handled. A handler that means all of them says so, with a failure that is made for that.
 */
function asFailure(error: unknown): HandlerFailure {
  if (error instanceof HandlerFailure) return error;
  const sentence = error instanceof Error ? error.message : String(error);
  const said = sentence === "" ? "The handler failed, and did not say why." : sentence;
  return new HandlerFailure(said, { isEcho: true, cause: error });
}
