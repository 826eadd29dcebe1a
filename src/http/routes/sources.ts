import { Type } from "typebox";
import { TrotlineError } from "../../core/errors.ts";
import { defaultTenant, isTenant } from "../../core/event.ts";
import { limits } from "../../core/limits.ts";
import type { Source } from "../../core/source.ts";
import type { HttpServer, RouteContext } from "../http-server.ts";
import { noMembersSchema } from "../schemas/endpoint.ts";
import { pageParameters } from "../schemas/page.ts";
import {
  changeSourceSchema,
  createdSourceSchema,
  newSourceSchema,
  type SourceBody,
  sourcePageSchema,
  sourceSchema,
} from "../schemas/source.ts";
import { schemeInput } from "../wire-scheme.ts";
import { secretInput, sourceInput, wireSource, wireSourceSecrets } from "../wire-source.ts";
import { sourceTestRoutes } from "./source-test.ts";

const url = "/v1/sources";
const urlOfOne = "/v1/sources/:id";
const params = Type.Object({ id: Type.String({ description: "The source's id, or its name." }) });

/** Where events of others come from. What they send is taken at `/in/{source}`. */
export function sourceRoutes(server: HttpServer, context: RouteContext): void {
  const { sources, publicUrl } = context.app;
  const wire = (source: Source): SourceBody => wireSource(source, publicUrl);

  server.route({
    method: "POST",
    url,
    config: { access: "manage" },
    schema: { summary: "Make a source", body: newSourceSchema, response: { 201: createdSourceSchema } },
    handler: async (request, reply) => {
      const { name, tenant = defaultTenant, scheme, status, secret, ...settings } = request.body;
      if (!isTenant(tenant)) throw new TrotlineError("invalid-body", tenantRule, { field: "/tenant" });
      const source = await sources.create({
        ...sourceInput(settings),
        name,
        tenant,
        scheme: schemeInput(scheme),
        ...(status !== undefined && { status }),
        ...(secret !== undefined && { secret: secretInput(secret) }),
      });
      return reply
        .code(201)
        .header("location", `${url}/${source.id}`)
        .header("cache-control", "no-store")
        .send({ ...wire(source), secrets: wireSourceSecrets(sources, source) });
    },
  });

  server.route({
    method: "GET",
    url,
    config: { access: "read" },
    schema: {
      summary: "Sources, oldest first",
      querystring: Type.Object(
        { tenant: Type.Optional(Type.String({ description: "Only this tenant's." })), ...pageParameters },
        { additionalProperties: false },
      ),
      response: { 200: sourcePageSchema },
    },
    handler: (request, reply) => {
      const { tenant, after, limit = limits.listPageSize } = request.query;
      const page = sources.list({
        limit,
        ...(tenant !== undefined && { tenant }),
        ...(after !== undefined && { afterId: after }),
      });
      reply.send({
        data: page.sources.map(wire),
        next_cursor: page.more ? (page.sources.at(-1)?.id ?? null) : null,
        has_more: page.more,
      });
    },
  });

  server.route({
    method: "GET",
    url: urlOfOne,
    config: { access: "read" },
    schema: { summary: "One source", params, response: { 200: sourceSchema } },
    handler: (request, reply) => void reply.send(wire(sources.require(request.params.id))),
  });

  server.route({
    method: "PATCH",
    url: urlOfOne,
    config: { access: "manage" },
    schema: {
      summary: "Change a source",
      description: "Members that are left out stay as they are; `scheme` is replaced whole, and `secret` replaces all.",
      params,
      body: changeSourceSchema,
      response: { 200: sourceSchema },
    },
    handler: async (request, reply) => {
      const { secret, ...change } = request.body;
      const given = secret === undefined ? undefined : secretInput(secret);
      return reply.send(wire(await sources.change(request.params.id, sourceInput(change), given)));
    },
  });

  server.route({
    method: "DELETE",
    url: urlOfOne,
    config: { access: "manage" },
    schema: {
      summary: "Delete a source",
      description: "Its receipts go with it; the events that it received stay.",
      params,
      response: { 204: Type.Null() },
    },
    handler: async (request, reply) => {
      await sources.remove(sources.require(request.params.id).id);
      return reply.code(204).send(null);
    },
  });

  for (const [action, status, summary] of [
    ["pause", "paused", "Refuse what comes to a source, with 503"],
    ["resume", "enabled", "Take what comes to a source again"],
  ] as const) {
    server.route({
      method: "POST",
      url: `${urlOfOne}/${action}`,
      config: { access: "manage" },
      schema: { summary, params, body: noMembersSchema, response: { 200: sourceSchema } },
      handler: async (request, reply) => reply.send(wire(await sources.setStatus(request.params.id, status))),
    });
  }

  sourceTestRoutes(server, context);
}

const tenantRule = `\`tenant\` is 1 to ${limits.tenantLength} letters, digits and _ . : -, the first no sign.`;
