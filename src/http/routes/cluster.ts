import type { ClusterReading, ProcessReading, ShardsReading } from "../../outbound/cluster-reading.ts";
import type { HttpServer, RouteContext } from "../http-server.ts";
import { type ClusterBody, clusterSchema } from "../schemas/cluster.ts";
import { wireTime } from "../wire-time.ts";

/** Who works on the store, and how far each is. */
export function clusterRoutes(server: HttpServer, { app }: RouteContext): void {
  server.route({
    method: "GET",
    url: "/v1/cluster",
    config: { access: "admin" },
    schema: {
      summary: "The processes that share the store",
      description: "Where one process owns the store, it is the only one.",
      response: { 200: clusterSchema },
    },
    handler: async (_request, reply) => reply.send(wireCluster(await app.cluster.read(), app.process.id)),
  });
}

const wireCluster = ({ processes, free, head, leaseMs, oldest }: ClusterReading, ownId: string): ClusterBody => ({
  answered_by: ownId,
  lease_ms: Number.isFinite(leaseMs) ? leaseMs : null,
  head_position: head,
  processes: processes.map(wireProcess),
  free: wireShards(free),
  oldest_undispatched:
    oldest === null
      ? null
      : {
          position: oldest.position,
          accepted_at: wireTime(oldest.acceptedAtMs),
          age_ms: Math.round(oldest.ageMs),
        },
});

const wireProcess = (reading: ProcessReading): ClusterBody["processes"][number] => ({
  id: reading.process.id,
  name: reading.process.name,
  roles: [...reading.process.roles],
  started_at: wireTime(reading.process.startedAtMs),
  silent_ms: Math.max(0, Math.round(reading.silentMs)),
  ...wireShards(reading),
});

const wireShards = ({ shards, dispatchedTo, lagEvents }: ShardsReading): ClusterBody["free"] => ({
  shards,
  dispatched_position: dispatchedTo,
  lag_events: lagEvents,
});
