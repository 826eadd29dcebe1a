/** What came to a bin: a page of it, newest first or as it comes; one request whole; its bytes; notes. */
import type { FastifyReply, FastifyRequest } from "fastify";
import { Type } from "typebox";
import type { App } from "../../app.ts";
import { isShown } from "../../core/bin.ts";
import { cursorAt } from "../../core/epochs.ts";
import { TrotlineError } from "../../core/errors.ts";
import type { StoredEvent } from "../../core/event.ts";
import { limits } from "../../core/limits.ts";
import type { FeedPage } from "../../feed/feed.ts";
import { shut } from "../../inbound/answer.ts";
import type { Ledger } from "../../inbound/bins/bin-ledgers.ts";
import { kindOf, parsedBody } from "../../inbound/bins/shown-body.ts";
import type { Bin, Bins } from "../../registry/bins.ts";
import { binSelection, requestOf } from "../bin-selection.ts";
import type { HttpServer, RouteContext } from "../http-server.ts";
import { positionOf } from "../log-place.ts";
import {
  type BinRequestQuery,
  binRequestPageSchema,
  binRequestQuerySchema,
  binRequestSchema,
  noteSchema,
  shownBodyQuerySchema,
} from "../schemas/bin.ts";
import { headerPairs, queryPairs, shownBody, wireBinRequest } from "../wire-bin.ts";

const urlOfAll = "/v1/bins/:id/requests";
const urlOfOne = "/v1/bins/:id/requests/:event_id";
const id = Type.String({ description: "The bin's id, or its name." });
const params = Type.Object({ id });
const paramsOfOne = Type.Object({ id, event_id: Type.String({ description: "The id of the request's event." }) });

export function binRequestRoutes(server: HttpServer, { app, openAnswers }: RouteContext, bins: Bins): void {
  server.route({
    method: "GET",
    url: urlOfAll,
    config: { access: "read" },
    schema: {
      summary: "Requests of a bin",
      description: "Newest first, without their headers and bodies; with `after`, oldest first, to follow what comes.",
      params,
      querystring: binRequestQuerySchema,
      response: { 200: binRequestPageSchema },
    },
    handler: async (request, reply) => {
      openAnswers.add(request as FastifyRequest, reply as unknown as FastifyReply);
      const bin = bins.require(request.params.id);
      const liveAfter = app.store.events.bounds().head;
      const page = await pageOf(app, bin, { query: request.query, response: reply.raw });
      if (reply.raw.destroyed) return reply;
      // Somebody may have hidden some of it meanwhile, or made the bin anew.
      const { bin: settings } = bins.require(bin.id);
      const { epochs } = app.store.events.bounds();
      const data = await withLedger(app, bin, (ledger) =>
        page.events.map((event) => {
          const cursor = cursorAt(epochs, event.position);
          return wireBinRequest({ bin: settings, event, request: requestOf(event), cursor, ledger });
        }),
      );
      const live = request.query.after === undefined ? liveAfter : page.through;
      return reply.header("cache-control", "no-store").send({
        data,
        next_cursor: cursorAt(epochs, page.through),
        has_more: page.more,
        live_cursor: cursorAt(epochs, live),
      });
    },
  });

  server.route({
    method: "GET",
    url: urlOfOne,
    config: { access: "read" },
    schema: {
      summary: "One request of a bin",
      description: "Everything as it came; nothing is hidden.",
      params: paramsOfOne,
      querystring: shownBodyQuerySchema,
      response: { 200: binRequestSchema },
    },
    handler: async (request, reply) => {
      const { body_bytes_max: bytesMax = limits.binShownBodyBytes } = request.query;
      const bin = bins.require(request.params.id);
      const event = await requireRequest(app, bin, request.params.event_id);
      const kept = requestOf(event);
      const kind = kindOf(kept);
      const parsed = await parsedBody(kept, kind);
      const cursor = cursorAt(app.store.events.bounds().epochs, event.position);
      const summary = await withLedger(app, bin, (ledger) =>
        wireBinRequest({ bin: bin.bin, event, request: kept, cursor, ledger }),
      );
      return reply.header("cache-control", "no-store").send({
        ...summary,
        headers: headerPairs(kept),
        query: queryPairs(kept),
        kind,
        ...shownBody(kept.body, bytesMax),
        body_truncated: kept.body.length > bytesMax,
        ...(parsed !== undefined && { parsed }),
      });
    },
  });

  server.route({
    method: "GET",
    url: `${urlOfOne}/raw`,
    config: { access: "read" },
    schema: {
      summary: "The body of a request of a bin, byte for byte",
      description: "To be saved, and never to be shown: nothing of it says what it is.",
      params: paramsOfOne,
      responseContent: { 200: { "application/octet-stream": Type.Unknown() } },
    },
    handler: async (request, reply) => {
      const bin = bins.require(request.params.id);
      const event = await requireRequest(app, bin, request.params.event_id);
      return reply
        .headers(shut)
        .type("application/octet-stream")
        .header("cache-control", "no-store")
        .header("content-disposition", `attachment; filename="${event.id.replaceAll(/[^\w-]/g, "_")}.bin"`)
        .send(Buffer.from(requestOf(event).body));
    },
  });

  markRoutes(server, app, bins);
}

/** What changes is what is shown, and not what is in the log. */
function markRoutes(server: HttpServer, app: App, bins: Bins): void {
  server.route({
    method: "PUT",
    url: `${urlOfOne}/note`,
    config: { access: "manage" },
    schema: {
      summary: "Write a note to a request of a bin",
      params: paramsOfOne,
      body: noteSchema,
      response: { 204: Type.Null() },
    },
    handler: async (request, reply) => {
      const bin = bins.require(request.params.id);
      const event = await requireRequest(app, bin, request.params.event_id);
      await bins.note(bin.id, event.id, request.body.text);
      return reply.code(204).send(null);
    },
  });

  server.route({
    method: "DELETE",
    url: urlOfOne,
    config: { access: "manage" },
    schema: {
      summary: "Hide a request of a bin",
      description: "It is shown no more, and leaves the log as every event does.",
      params: paramsOfOne,
      response: { 204: Type.Null() },
    },
    handler: async (request, reply) => {
      const bin = bins.require(request.params.id);
      const event = await requireRequest(app, bin, request.params.event_id);
      await bins.hide(bin.id, event.id);
      return reply.code(204).send(null);
    },
  });

  server.route({
    method: "DELETE",
    url: urlOfAll,
    config: { access: "manage" },
    schema: {
      summary: "Hide all requests of a bin that came until now",
      params,
      response: { 204: Type.Null() },
    },
    handler: async (request, reply) => {
      await bins.clear(request.params.id);
      return reply.code(204).send(null);
    },
  });
}

interface Asking {
  readonly query: BinRequestQuery;
  readonly response: FastifyReply["raw"];
}

async function pageOf(app: App, bin: Bin, { query, response }: Asking): Promise<FeedPage> {
  const { before, after, wait = 0, limit = limits.binPageSize } = query;
  const selection = binSelection(bin, query);
  const log = { events: app.store.events, tenant: bin.tenant };
  const isGone = (): boolean => response.destroyed;
  if (after === undefined) {
    if (wait > 0) throw refused("wait", "Newest first, there is nothing to `wait` for; say `after`.");
    const below = before === undefined ? app.store.events.bounds().head + 1 : await positionOf(before, log);
    return app.feed.pageBack({ selection, before: below, limit, isGone });
  }
  if (before !== undefined) throw refused("before", "A page is `before` a cursor or `after` one, and not both.");
  const from = await positionOf(after, log);
  const page = await app.feed.page({ selection, after: from, limit, isGone });
  if (page.events.length > 0 || page.more || wait === 0) return page;
  return new Promise((resolve) => {
    const waiting = app.feed.wait({ selection, after: page.through, limit, waitMs: wait * 1000 }, (come) => {
      response.off("close", gone);
      resolve(come);
    });
    const gone = (): void => {
      waiting.cancel();
      resolve(page);
    };
    response.once("close", gone);
  });
}

/** The event, or `bin-request-not-found`: also where it is hidden. */
export async function requireRequest(app: App, bin: Bin, eventId: string): Promise<StoredEvent> {
  const event = await app.store.events.find(bin.tenant, eventId);
  if (event !== null && event.request !== null && isShown(bin.bin, event)) return event;
  throw new TrotlineError("bin-request-not-found", `The bin has no request \`${eventId.slice(0, 100)}\`.`);
}

async function withLedger<Result>({ receiving }: App, bin: Bin, work: (ledger: Ledger) => Result): Promise<Result> {
  if (receiving.bins === undefined) throw bin404(bin);
  return receiving.bins.ledgers.with(bin, async (ledger) => work(ledger));
}

const bin404 = ({ id }: Bin): TrotlineError => new TrotlineError("bin-not-found", `There is no bin \`${id}\`.`);

const refused = (field: string, detail: string): TrotlineError => new TrotlineError("invalid-query", detail, { field });
