import type { FastifyRequest } from "fastify";
import { Type } from "typebox";
import { TrotlineError } from "../../core/errors.ts";
import type { KeyRecord } from "../../core/key.ts";
import { limits } from "../../core/limits.ts";
import type { Keys, NewKey } from "../../registry/keys.ts";
import type { HttpServer, RouteContext } from "../http-server.ts";
import {
  createdKeySchema,
  type KeyBody,
  keyPageSchema,
  keyQuerySchema,
  keySchema,
  newKeySchema,
  rotateKeySchema,
} from "../schemas/key.ts";
import { tenantFor } from "../tenancy.ts";
import { readTime, wireTime, wireTimeOrNull } from "../wire-time.ts";

const url = "/v1/keys";
const urlOfOne = "/v1/keys/:id";
const params = Type.Object({ id: Type.String() });

/** Keys, as another key manages them: those of its tenant where it is bound to one. */
export function keyRoutes(server: HttpServer, { app }: RouteContext): void {
  const { keys } = app.registry;
  const created = (made: NewKey): KeyBody & { key: string } => ({ ...wireKey(keys, made.record), key: made.text });

  server.route({
    method: "POST",
    url,
    config: { access: "admin" },
    schema: {
      summary: "Make a key",
      description: "It has no more than the key that makes it: its tenant, and no longer life.",
      body: newKeySchema,
      response: { 201: createdKeySchema },
    },
    handler: async (request, reply) => {
      const { name, scopes, expires_at: expiresAt } = request.body;
      const by = request.key;
      const expiresAtMs = expiresAt === undefined ? (by?.expiresAtMs ?? null) : timeOf(expiresAt);
      const made = await keys.create(
        { name, scopes, tenant: tenantOfNew(request, request.body.tenant), expiresAtMs },
        by,
      );
      return reply
        .code(201)
        .header("location", `${url}/${made.record.id}`)
        .header("cache-control", "no-store")
        .send(created(made));
    },
  });

  server.route({
    method: "GET",
    url,
    config: { access: "admin" },
    schema: {
      summary: "Keys, oldest first",
      description: "Never the keys themselves.",
      querystring: keyQuerySchema,
      response: { 200: keyPageSchema },
    },
    handler: (request, reply) => {
      const { tenant, after, limit = limits.listPageSize } = request.query;
      const page = keys.list({
        by: request.key,
        limit,
        ...(tenant !== undefined && { tenant: tenantFor(request, tenant) }),
        ...(after !== undefined && { afterId: after }),
      });
      reply.send({
        data: page.keys.map((key) => wireKey(keys, key)),
        next_cursor: page.more ? (page.keys.at(-1)?.id ?? null) : null,
        has_more: page.more,
      });
    },
  });

  server.route({
    method: "GET",
    url: urlOfOne,
    config: { access: "admin" },
    schema: { summary: "One key", params, response: { 200: keySchema } },
    handler: (request, reply) => void reply.send(wireKey(keys, keys.require(request.params.id, request.key))),
  });

  server.route({
    method: "POST",
    url: `${urlOfOne}/rotate`,
    config: { access: "admin" },
    schema: {
      summary: "Give a key a new text",
      description: "Its id, and what it may do, stay.",
      params,
      body: rotateKeySchema,
      response: { 200: createdKeySchema },
    },
    handler: async (request, reply) => {
      const made = await keys.rotate(request.params.id, request.body.grace_ms ?? 0, request.key);
      return reply.header("cache-control", "no-store").send(created(made));
    },
  });

  server.route({
    method: "DELETE",
    url: urlOfOne,
    config: { access: "admin" },
    schema: {
      summary: "End a key",
      description: "It no longer works when this is answered; what was under way with it is cut off.",
      params,
      response: { 204: Type.Null() },
    },
    handler: async (request, reply) => {
      await keys.revoke(request.params.id, request.key);
      return reply.code(204).send(null);
    },
  });
}

/** A key that is bound makes keys that are; without a tenant, others make keys for all. */
const tenantOfNew = (request: FastifyRequest, asked: string | undefined): string | null =>
  asked === undefined ? (request.key?.tenant ?? null) : tenantFor(request, asked, "/tenant");

function wireKey(keys: Keys, record: KeyRecord): KeyBody {
  return {
    id: record.id,
    name: record.name,
    scopes: [...record.scopes],
    tenant: record.tenant,
    status: keys.hasExpired(record) ? "expired" : "active",
    created_at: wireTime(record.createdAtMs),
    expires_at: wireTimeOrNull(record.expiresAtMs),
    rotated_at: wireTimeOrNull(record.rotatedAtMs),
    previous_until: wireTimeOrNull(keys.previousUntilMs(record)),
    last_used_at: wireTimeOrNull(record.lastUsedAtMs),
  };
}

function timeOf(text: string): number {
  const timeMs = readTime(text);
  if (timeMs !== null) return timeMs;
  const detail = "`expires_at` is a time of RFC 3339, such as 2026-01-31T12:00:00Z.";
  throw new TrotlineError("invalid-body", detail, { field: "/expires_at" });
}
