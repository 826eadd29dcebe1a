import { Type } from "typebox";
import type { App } from "../../app.ts";
import { TrotlineError } from "../../core/errors.ts";
import { isTenant } from "../../core/event.ts";
import { limits } from "../../core/limits.ts";
import { Bins } from "../../registry/bins.ts";
import type { HttpServer, RouteContext } from "../http-server.ts";
import { binPageSchema, binSchema, binWithCountsSchema, changeBinSchema, newBinSchema } from "../schemas/bin.ts";
import { noMembersSchema } from "../schemas/endpoint.ts";
import { pageParameters } from "../schemas/page.ts";
import { tenantFor } from "../tenancy.ts";
import { binInput, wireBin } from "../wire-bin.ts";
import { binForwardRoutes } from "./bin-forwards.ts";
import { binRequestRoutes } from "./bin-requests.ts";

const url = "/v1/bins";
const urlOfOne = "/v1/bins/:id";
const params = Type.Object({ id: Type.String({ description: "The bin's id, or its name." }) });

/** They have nothing of their own: what there is, the sources have. */
export const binsOf = ({ sources, store, clock, random }: App): Bins =>
  new Bins({ sources, events: store.events, clock, random });

/** Throw-away URLs to look at requests. What is sent there is taken at `/in/{name}`. */
export function binRoutes(server: HttpServer, context: RouteContext): void {
  const { app } = context;
  const { publicUrl } = app;
  const bins = binsOf(app);

  server.route({
    method: "POST",
    url,
    config: { access: "manage" },
    schema: {
      summary: "Make a bin",
      description: "Nothing needs to be said of it. Its URL takes every method, every path below, every body.",
      body: newBinSchema,
      response: { 201: binSchema },
    },
    handler: async (request, reply) => {
      const { tenant: asked, ...settings } = request.body ?? {};
      const tenant = tenantFor(request as never, asked, "/tenant");
      if (!isTenant(tenant)) throw new TrotlineError("invalid-body", "`tenant` is no tenant.", { field: "/tenant" });
      const bin = await bins.create(tenant, binInput(settings));
      return reply.code(201).header("location", `${url}/${bin.id}`).send(wireBin(bin, publicUrl));
    },
  });

  server.route({
    method: "GET",
    url,
    config: { access: "read" },
    schema: {
      summary: "Bins, oldest first",
      querystring: Type.Object(
        { tenant: Type.Optional(Type.String({ description: "Only this tenant's." })), ...pageParameters },
        { additionalProperties: false },
      ),
      response: { 200: binPageSchema },
    },
    handler: (request, reply) => {
      const { tenant, after, limit = limits.listPageSize } = request.query;
      const page = bins.list({ tenant, afterId: after, limit });
      reply.send({
        data: page.bins.map((bin) => wireBin(bin, publicUrl)),
        next_cursor: page.more ? (page.bins.at(-1)?.id ?? null) : null,
        has_more: page.more,
      });
    },
  });

  server.route({
    method: "GET",
    url: urlOfOne,
    config: { access: "read" },
    schema: { summary: "One bin, and what it has taken", params, response: { 200: binWithCountsSchema } },
    handler: async (request, reply) => {
      const bin = bins.require(request.params.id);
      const counts = await app.receiving.bins?.ledgers.with(bin, async (ledger) => ({
        requests: ledger.count,
        bytes: ledger.bytes,
        answered: ledger.between(bin.bin.answersAfter, Number.MAX_SAFE_INTEGER),
      }));
      return reply.send({ ...wireBin(bin, publicUrl), ...(counts ?? { requests: 0, bytes: 0, answered: 0 }) });
    },
  });

  server.route({
    method: "PATCH",
    url: urlOfOne,
    config: { access: "manage" },
    schema: {
      summary: "Change a bin",
      description: "Members that are left out stay as they are; `answer` is replaced whole, and begins anew.",
      params,
      body: changeBinSchema,
      response: { 200: binSchema },
    },
    handler: async (request, reply) =>
      reply.send(wireBin(await bins.change(request.params.id, binInput(request.body)), publicUrl)),
  });

  server.route({
    method: "DELETE",
    url: urlOfOne,
    config: { access: "manage" },
    schema: {
      summary: "Delete a bin",
      description: "Its requests are shown no more, and leave the log as every event does.",
      params,
      response: { 204: Type.Null() },
    },
    handler: async (request, reply) => {
      await bins.remove(request.params.id);
      return reply.code(204).send(null);
    },
  });

  server.route({
    method: "POST",
    url: `${urlOfOne}/reset`,
    config: { access: "manage" },
    schema: {
      summary: "Begin the sequence of a bin's answers anew",
      params,
      body: noMembersSchema,
      response: { 200: binSchema },
    },
    handler: async (request, reply) => reply.send(wireBin(await bins.reset(request.params.id), publicUrl)),
  });

  binRequestRoutes(server, context, bins);
  binForwardRoutes(server, context, bins);
}
