/**
 * Between the route of the feed and the forms of its answer: [GET /v1/events → form → socket]. The route checks what
 * all forms share, finds where reading begins, and lets the form that the request asks for write the answer.
 */
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from "node:http";
import type { FastifyReply, FastifyRequest } from "fastify";
import type { App } from "../../app.ts";
import type { Selection } from "../../feed/selection.ts";
import type { FeedQuery } from "../schemas/feed.ts";
import { type RequestMember, requestMember } from "../wire-received.ts";

/** Whatever writes events: `cursorAt(app.store.events.bounds().epochs, position)` makes their cursors. */
export { cursorAt } from "../../core/epochs.ts";
export { eventHead, joinEvents } from "../wire-event.ts";

/** What every form is given. */
export interface FormRequest {
  readonly app: App;
  /** True once the server has begun to stop. `app.feed.isClosed` is true once nobody is made to wait any more. */
  readonly isClosing: () => boolean;
  readonly keyId: string;
  /** Whose events they are where the request does not say. */
  readonly ownTenant: string;
  readonly raw: IncomingMessage;
  /** True once the client has hung up: what takes long for it need not go on. */
  readonly isGone: () => boolean;
  /**
   * Takes the answer from the framework: from here the form writes everything, the status and the headers too, and
   * ends it. Until then it may throw (or reject), and the error is answered as a problem; afterwards an error breaks
   * the connection. To `HEAD` the same is written; Node leaves the body out.
   */
  takeOver(): ServerResponse;
}

/** What a form of the log is given: a reader with a place. */
export interface FormReading extends FormRequest {
  /** Checked by `feedQuerySchema`, and of the form's `parameters`. */
  readonly query: FeedQuery;
  readonly selection: Selection;
  /** What `Form.place` answered, as it was. */
  readonly place: string;
  /** Its position: reading begins beyond it. */
  readonly after: number;
  /** Of reading back: the positions that were asked for by time. */
  readonly range?: { readonly first: number; readonly last: number };
}

/** How the requests of received events are written down; undefined where the reader did not ask for them. */
export const requestsOf = ({ app, query }: FormReading): RequestMember | undefined =>
  query.include === "request" ? requestMember(app.sources) : undefined;

/** One form of the same feed. */
export interface Form {
  /** What `Accept` calls it. */
  readonly mediaType: string;
  /** Parameters that it takes beside those that select events; the others are refused. */
  readonly parameters: readonly (keyof FeedQuery)[];
  /** The place where reading begins, as the request names it, or the form's default. */
  place(query: FeedQuery, headers: IncomingHttpHeaders): string;
  /** Resolves when nothing is left to do but to wait or to write; nobody waits for it. */
  answer(reading: FormReading): Promise<void> | void;
}

/** An interface of somebody else's, chosen by a header of its own: its parameters are unchecked, its errors its own. */
export interface ForeignForm {
  /** The request has this header, in lower case. */
  readonly header: string;
  answer(request: FormRequest): Promise<void> | void;
  /** Any error of the request, that of a missing key included. `asTrotlineError` of `problem.ts` makes sense of it. */
  answerError(error: unknown, request: FastifyRequest, reply: FastifyReply): void;
}
