import type { Clock, Logger } from "../../core/ports.ts";
import type { Database, Parameter, Row, Run } from "./database.ts";
import type { Listener } from "./listener.ts";

/** `parametersIn`: in the newest epoch that is known; null where nobody need check that. */
export type WriteOnce = (
  name: string,
  parametersIn: (epoch: string | null) => readonly Parameter[],
) => Promise<readonly Row[]>;

/** What every port of this store works with. */
export interface StoreParts {
  /** For reading. */
  readonly database: Database;
  /** For appending events, which any process may: nothing else makes it wait. */
  readonly appending: Database;
  /** For writing: one transaction. */
  readonly write: <Result>(work: (run: Run) => Promise<Result>) => Promise<Result>;
  /** One statement that writes, and is a transaction of its own: nobody stops in the midst of it, holding its locks. */
  readonly writeOnce: WriteOnce;
  /** Where LISTEN works: no pooler is in between. */
  readonly directUrl: string;
  /** Null where nothing is to be heard. */
  readonly listener: Listener | null;
  /** Rung after what other processes are to look at was committed. */
  readonly pulse: { ring(): void };
  readonly clock: Clock;
  readonly logger: Logger;
}
