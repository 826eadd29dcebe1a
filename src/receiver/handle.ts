/** The program's own code, as a handler of the app's. Part of: verify → store → 2xx → [handle]. */
import { didYouMean } from "../config/nearest-name.ts";
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

export interface HandlerPlace {
  /** The names that types begin with. */
  readonly sources: readonly string[];
  readonly logger: Logger;
}

/** Throws a TypeError where there is nothing to call. */
export function handlerOf(handles: Handles, { sources, logger }: HandlerPlace): Handler {
  const entries = entriesOf(handles);
  if (typeof handles !== "function") warnOfStrays(Object.keys(handles), { sources, logger });
  return async (event, { attempt, signal }) => {
    const entry = entries.find(({ takes }) => takes(event.type));
    if (entry === undefined) {
      logger.debug({ event: event.id, type: event.type }, "No function takes events of this type: it is handled.");
      return;
    }
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
  const entries = Object.entries(handles);
  if (entries.length === 0) throw new TypeError("`handle` has no function.");
  return entries.map(([pattern, handle]) => {
    if (!isTypePattern(pattern)) throw new TypeError(`\`handle\` has \`${pattern}\`, which is no pattern of types.`);
    if (pattern !== "*" && !pattern.includes(".")) {
      throw new TypeError(
        `\`handle\` has \`${pattern}\`, which no type fits: they are such as \`github.push\`, or \`github.*\`.`,
      );
    }
    if (typeof handle !== "function") throw new TypeError(`\`handle\` has no function as \`${pattern}\`.`);
    return { takes: typeFilter([pattern]), handle };
  });
}

/** A source that is said no more may have left events to handle; but a name that is misspelt looks the same. */
function warnOfStrays(patterns: readonly string[], { sources, logger }: HandlerPlace): void {
  for (const pattern of patterns) {
    const [source = ""] = pattern.split(".", 1);
    if (source === "*" || sources.includes(source)) continue;
    logger.warn({ pattern }, `No source is called \`${source}\`.${didYouMean(source, sources)}`);
  }
}

/**
 * What a handler throws is the event's own affair: were it the lane's, ten events that fail would keep others of their
 * source from being handled. A handler that means all of them says so, with a failure that is made for that.
 */
function asFailure(error: unknown): Error {
  try {
    if (error instanceof HandlerFailure) return error;
    const sentence = String(error instanceof Error ? error.message : error);
    return new HandlerFailure(sentence, { isEcho: true, cause: error });
  } catch {
    // Programs may throw what cannot even be asked what it is.
    return new HandlerFailure("", { isEcho: true });
  }
}
