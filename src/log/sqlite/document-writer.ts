import type { DatabaseSync, StatementSync } from "node:sqlite";
import type { DocumentChange } from "./group.ts";
import { prepare } from "./sql.ts";

/** The part of the writer that stores consumers and replays. */
export class DocumentWriter {
  readonly #consumerPut: StatementSync;
  readonly #consumerRemove: StatementSync;
  readonly #replayPut: StatementSync;
  readonly #replayRemove: StatementSync;

  constructor(database: DatabaseSync) {
    this.#consumerPut = prepare(database, "consumer-put");
    this.#consumerRemove = prepare(database, "consumer-remove");
    this.#replayPut = prepare(database, "replay-put");
    this.#replayRemove = prepare(database, "replay-remove");
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
    } else {
      this.#replayRemove.run(change.id);
    }
  }
}
