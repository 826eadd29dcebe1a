import type { Clock, Logger } from "../../core/ports.ts";
import type { Database, Run } from "./database.ts";

/** What every port of this store works with. */
export interface StoreParts {
  /** For reading. */
  readonly database: Database;
  /** For appending events, which any process may: nothing else makes it wait. */
  readonly appending: Database;
  /** For writing: one transaction, which is refused where this process does not own the store any more. */
  readonly write: <Result>(work: (run: Run) => Promise<Result>) => Promise<Result>;
  /** Where LISTEN works: no pooler is in between. */
  readonly directUrl: string;
  readonly clock: Clock;
  readonly logger: Logger;
}
