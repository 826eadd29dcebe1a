import type { FastifyRequest } from "fastify";
import { Type } from "typebox";
import { TrotlineError } from "../../core/errors.ts";
import type { HttpServer, RouteContext } from "../http-server.ts";
import { diagnosisSchema } from "../schemas/diagnosis.ts";
import { seesTenant } from "../tenancy.ts";

/** Why a request was rejected. */
export function diagnosisRoutes(server: HttpServer, { app }: RouteContext): void {
  const { sources, receiving } = app;

  server.route({
    method: "GET",
    url: "/v1/receipts/:id/diagnosis",
    config: { access: "read" },
    schema: {
      summary: "Why a request was rejected",
      description: "Undoes the usual mistakes one by one, and two at once. Shows neither a secret nor a signature.",
      params: Type.Object({ id: Type.String() }),
      response: { 200: diagnosisSchema },
    },
    handler: async (request, reply) => {
      const { id } = request.params;
      const receipt = await sources.receipt(id);
      const source = receipt === null ? undefined : sources.byNumber(receipt.sourceNumber);
      if (receipt === null || source === undefined || !seesTenant(request as FastifyRequest, source.tenant)) {
        throw new TrotlineError("receipt-not-found", `There is no receipt \`${id}\`.`);
      }
      const { summary, causes, trials, isComplete } = await receiving.diagnosing.diagnose(receipt, source);
      return reply.send({
        receipt_id: receipt.id,
        source: source.name,
        code: receipt.code,
        explained: causes.length > 0,
        summary,
        causes: [...causes],
        body_truncated: receipt.bodyTruncated,
        trials,
        complete: isComplete,
      });
    },
  });
}
