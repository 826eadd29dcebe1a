import type { FastifyRequest } from "fastify";
import { Type } from "typebox";
import { TrotlineError } from "../../core/errors.ts";
import { limits } from "../../core/limits.ts";
import type { Receipt, Source } from "../../core/source.ts";
import type { HttpServer, RouteContext } from "../http-server.ts";
import { receiptPageSchema, receiptQuerySchema, receiptWithRequestSchema } from "../schemas/receipt.ts";
import { seesTenant } from "../tenancy.ts";
import { wireReceipt } from "../wire-receipt.ts";

/** What sources did not take: rejected requests, copies, handshakes. */
export function receiptRoutes(server: HttpServer, { app }: RouteContext): void {
  const { sources } = app;

  server.route({
    method: "GET",
    url: "/v1/sources/:id/receipts",
    config: { access: "read" },
    schema: {
      summary: "What a source did not take, newest first",
      description: "Without headers and bodies, which each receipt has by itself.",
      params: Type.Object({ id: Type.String({ description: "The source's id, or its name." }) }),
      querystring: receiptQuerySchema,
      response: { 200: receiptPageSchema },
    },
    handler: async (request, reply) => {
      const { outcome, before = null, limit = limits.receiptPageSize } = request.query;
      const source = sources.require(request.params.id);
      const found = await sources.receipts({
        sourceNumber: source.number,
        before,
        limit: limit + 1,
        ...(outcome !== undefined && { outcome }),
      });
      const page = found.slice(0, limit);
      const hasMore = found.length > limit;
      return reply.send({
        data: page.map((receipt) => {
          const { request: _, ...summary } = wireReceipt(receipt, source);
          return summary;
        }),
        next_cursor: hasMore ? (page.at(-1)?.id ?? null) : null,
        has_more: hasMore,
      });
    },
  });

  server.route({
    method: "GET",
    url: "/v1/receipts/:id",
    config: { access: "read" },
    schema: {
      summary: "One receipt, with its request",
      params: Type.Object({ id: Type.String() }),
      response: { 200: receiptWithRequestSchema },
    },
    handler: async (request, reply) => {
      const { receipt, source } = await requireReceipt(request as FastifyRequest, request.params.id);
      return reply.send({ ...wireReceipt(receipt, source), body_truncated: receipt.bodyTruncated });
    },
  });

  async function requireReceipt(asking: FastifyRequest, id: string): Promise<{ receipt: Receipt; source: Source }> {
    const receipt = await sources.receipt(id);
    const source = receipt === null ? undefined : sources.byNumber(receipt.sourceNumber);
    if (receipt !== null && source !== undefined && seesTenant(asking, source.tenant)) {
      return { receipt, source };
    }
    throw new TrotlineError("receipt-not-found", `There is no receipt \`${id}\`.`);
  }
}
