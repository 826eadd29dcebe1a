import type { Type } from "typebox";
import type { App } from "../../app.ts";
import { TrotlineError } from "../../core/errors.ts";
import { limits } from "../../core/limits.ts";
import { type BucketName, statisticsRange } from "../../observe/statistics-range.ts";
import type { HttpServer, RouteContext } from "../http-server.ts";
import { type StatisticsBody, statisticsQuerySchema, statisticsSchema } from "../schemas/statistics.ts";
import { requireEndpoint } from "../tenancy.ts";
import { sumOf, wireGroup, wireMeasures, wireNow } from "../wire-statistics.ts";
import { readTime, wireTime } from "../wire-time.ts";

/** Delay, count and success rate: what attempts came to, and how much waits now. */
export function statisticsRoutes(server: HttpServer, { app }: RouteContext): void {
  const { registry, store, clock, observing } = app;

  server.route({
    method: "GET",
    url: "/v1/stats",
    config: { access: "read" },
    schema: {
      summary: "Delay, count and success rate of deliveries",
      description: "By when their events were accepted. What replays and tests sent is not among them.",
      querystring: statisticsQuerySchema,
      response: { 200: statisticsSchema },
    },
    handler: async (request, reply) => {
      const { tenant, endpoint_id: endpointId, type, group_by: groupBy = "none" } = request.query;
      const endpoint = endpointId === undefined ? null : requireEndpoint(request, registry, endpointId);
      const range = rangeOf(request.query, clock.wallMs());
      observing.roll.soon();
      const asOf = await asOfMs(app);
      const [groups, now] = await Promise.all([
        store.statistics.read({
          ...range,
          // An endpoint's tenant too: with it, its rows are found at once.
          ...(endpoint !== null && { endpointNumber: endpoint.number, tenant: endpoint.tenant }),
          ...(tenant !== undefined && { tenant }),
          ...(type !== undefined && { type }),
          ...{ groupBy, groupsMax: limits.statisticsGroups },
        }),
        observing.lanesNow.read({ endpoint, tenant: tenant ?? null }),
      ]);
      const keyOf = (key: string | number): string | null =>
        typeof key === "number" ? (registry.endpointByNumber(key)?.id ?? null) : key === "" ? null : key;
      return reply.send({
        from: wireTime(range.fromMs),
        to: wireTime(range.beforeMs),
        bucket: range.bucket,
        bucket_ms: range.bucketMs,
        group_by: groupBy,
        as_of: asOf === null ? null : wireTime(asOf),
        total: wireMeasures(sumOf(groups)),
        groups: groups.map((group) => wireGroup(group, keyOf)),
        now: wireNow(now, clock.steadyMs()),
      } satisfies StatisticsBody);
    },
  });
}

/** Attempts that had ended by then are counted. */
async function asOfMs({ store, clock }: App): Promise<number | null> {
  const nowMs = clock.wallMs();
  const { rolledTo, lastSequence } = await store.statistics.state();
  if (rolledTo >= lastSequence) return nowMs;
  const last = await store.journal.attempt(rolledTo);
  return last === null ? null : last.startedAtMs + last.durationMs;
}

function rangeOf({ from, to, bucket = "auto" }: Type.Static<typeof statisticsQuerySchema>, nowMs: number) {
  const asked = { fromMs: timeOf(from, "from"), toMs: timeOf(to, "to") };
  return statisticsRange({ ...asked, bucket: bucket === "auto" ? null : (bucket as BucketName) }, nowMs);
}

function timeOf(text: string | undefined, field: string): number | null {
  if (text === undefined) return null;
  const timeMs = readTime(text);
  if (timeMs !== null) return timeMs;
  const detail = `The parameter \`${field}\` is a time of RFC 3339, such as 2026-01-31T12:00:00Z.`;
  throw new TrotlineError("invalid-query", detail, { field });
}
