/** What a replay is given to send next, or has counted. */
import type { StoredEvent } from "../core/event.ts";

export interface ReplayPage {
  /** What the replay takes, ascending. */
  readonly events: readonly StoredEvent[];
  /** How many it takes; a recovery that counts needs no events to know. */
  readonly count: number;
  /** Everything up to here was looked at. */
  readonly through: number;
  /** Positions of the range that retention removed before they were read. */
  readonly lost: number;
}
