/** See `pg-against-queue.ts`. */
import { againstQueue } from "./pg-against-queue.ts";

export const figure = againstQueue("pg_boss", "pg-boss", "pg-boss-loop");
