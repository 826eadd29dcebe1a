/** See `pg-against-queue.ts`. */
import { againstQueue } from "./pg-against-queue.ts";

export const figure = againstQueue("pg_graphile_worker", "graphile-worker", "graphile-loop");
