import type { DatabaseSync, StatementSync } from "node:sqlite";
import type { DocumentChange } from "./group.ts";
import { prepare } from "./sql.ts";

/** The part of the writer that stores consumers, replays and event types. */
export class DocumentWriter {
  readonly #consumerPut: StatementSync;
  readonly #consumerRemove: StatementSync;
  readonly #replayPut: StatementSync;
  readonly #replayRemove: StatementSync;
  readonly #eventTypePut: StatementSync;
  readonly #eventTypeRemove: StatementSync;

  constructor(database: DatabaseSync) {
    this.#consumerPut = prepare(database, "consumer-put");
    this.#consumerRemove = prepare(database, "consumer-remove");
    this.#replayPut = prepare(database, "replay-put");
    this.#replayRemove = prepare(database, "replay-remove");
    this.#eventTypePut = prepare(database, "event-type-put");
    this.#eventTypeRemove = prepare(database, "event-type-remove");
  }

  /** Inside the group's transaction. */
  apply(change: DocumentChange): void {
    if (change.do === "putConsumer") {
      const { tenant, name } = change.consumer;
      this.#consumerPut.run(tenant, name, JSON.stringify(change.consumer));
    } else if (change.do === "removeConsumer") {
      this.#consumerRemove.run(change.tenant, change.name);
    } else if (change.do === "putReplay") {
      this.#replayPut.run(change.replay.id, JSON.stringify(change.replay));
    } else if (change.do === "removeReplay") {
      this.#replayRemove.run(change.id);
    } else if (change.do === "putEventType") {
      this.#eventTypePut.run(change.eventType.name, JSON.stringify(change.eventType));
    } else {
      this.#eventTypeRemove.run(change.name);
    }
  }
}
