import { Type } from "typebox";
import { processRoles } from "../../core/shard.ts";
import { nullable, time } from "./scalars.ts";

const shardMembers = {
  shards: Type.Integer({ description: "How many." }),
  dispatched_position: nullable(
    Type.Integer(),
    "Up to here every event was offered to the lanes of all of these shards; null where there are none.",
  ),
  lag_events: Type.Integer({ description: "How far that is behind the head of the log." }),
};

const clusterProcessSchema = Type.Object(
  {
    id: Type.String({ description: "Of this start: a process that starts again has another." }),
    name: Type.String({ description: "For people: host and process number, or what it was called." }),
    roles: Type.Array(Type.Enum([...processRoles])),
    started_at: time("When it started, by its own clock."),
    silent_ms: Type.Integer({ description: "Since it last told the store of itself." }),
    ...shardMembers,
  },
  { title: "ClusterProcess", description: "One of the processes that share the store, and the shards that it runs." },
);

const freeShardsSchema = Type.Object(shardMembers, {
  title: "FreeShards",
  description: "Shards that no process runs: nothing is sent to their endpoints meanwhile.",
});

const undispatchedEventSchema = Type.Object(
  { position: Type.Integer(), accepted_at: time("When Trotline accepted it."), age_ms: Type.Integer() },
  { title: "UndispatchedEvent" },
);

export const clusterSchema = Type.Object(
  {
    answered_by: Type.String({ description: "The id of the process that answers." }),
    lease_ms: nullable(
      Type.Integer(),
      "A process that is silent for so long has lost its shards; null where one process owns the store.",
    ),
    head_position: Type.Integer({ description: "Of the newest event of the log." }),
    processes: Type.Array(clusterProcessSchema),
    free: freeShardsSchema,
    oldest_undispatched: nullable(
      undispatchedEventSchema,
      "The first event that was not offered to all lanes; null where there is none.",
    ),
  },
  {
    title: "Cluster",
    description:
      "Processes that share a store. How far the others are is what they last noted, which they do once a second.",
  },
);

export type ClusterBody = Type.Static<typeof clusterSchema>;
