/** The receiver kit's composition root: an app without a server, behind the requests of the embedding program's. */
import type { ServerResponse } from "node:http";
import { type App, createApp } from "../app.ts";
import {
  type DeadLetter,
  type DeadLetterQuery,
  deadLetters,
  type RetryOutcome,
  retry,
  retryAll,
} from "./dead-letters.ts";
import { declareSources } from "./declared-sources.ts";
import { openDoor } from "./door.ts";
import { type FetchOrigin, fetchListener } from "./fetch-requests.ts";
import { type NodeRequest, nodeListener } from "./node-requests.ts";
import { planReceiver } from "./plan-receiver.ts";
import type { ReceiverOptions } from "./receiver-options.ts";

/** None of its members needs its `this`. */
export interface Receiver {
  /**
   * Takes requests of `node:http`, Express, Fastify and their like, before anything read their bodies. `next` is called
   * for those that are for no source; without it they are answered 404.
   */
  readonly node: (request: NodeRequest, response: ServerResponse, next?: () => void) => void;
  /** Takes requests of the web, before anything read their bodies. */
  readonly fetch: (request: Request, origin?: FetchOrigin) => Promise<Response>;
  /** Events that used up their retries, in the order in which they came. */
  readonly deadLetters: (query?: DeadLetterQuery) => Promise<DeadLetter[]>;
  /** Handles one event again, now, by its id. Answers when that attempt has ended: no handler may wait for it. */
  readonly retry: (eventId: string) => Promise<RetryOutcome>;
  /**
   * Begins to handle everything again that failed, dead letters and what waits for its next attempt; answers how many
   * that is. It goes on after a restart.
   */
  readonly retryAll: () => Promise<number>;
  /** Takes nothing new, lets attempts under way end, and closes the store. */
  readonly close: () => Promise<void>;
  /** All the rest of Trotline: the log, attempts, receipts of what was refused. */
  readonly app: App;
}

/**
 * Opens the store and goes on with what is in it. Rejects with `store-locked` while another process has the folder,
 * with a `TypeError` where an option is none, and as sources do where one cannot be what it is to be.
 */
export async function createReceiver(options: ReceiverOptions): Promise<Receiver> {
  const plan = await planReceiver(options);
  const app = await createApp(plan.app);
  try {
    await declareSources(app, options, plan);
  } catch (error) {
    await app.close();
    throw error;
  }
  let closing: Promise<void> | null = null;
  const close = (): Promise<void> => {
    closing ??= app.close();
    return closing;
  };
  const door = openDoor(app, { path: plan.path, sources: Object.keys(options.sources) });
  return {
    node: nodeListener(door),
    fetch: fetchListener(door),
    deadLetters: (query = {}) => deadLetters(app, query),
    retry: (eventId) => retry(app, eventId),
    retryAll: () => retryAll(app),
    close,
    app,
  };
}
