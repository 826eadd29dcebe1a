import type { DatabaseSync, StatementSync } from "node:sqlite";
import { strictKey } from "../../core/lane-key.ts";
import { parkedStateCodes } from "../attempt-codes.ts";
import { changeCodes } from "./journal-columns.ts";
import { prepare } from "./sql.ts";

/** The part of the writer that changes rows of parked deliveries. */
export class ParkedWriter {
  readonly #put: StatementSync;
  readonly #remove: StatementSync;
  readonly #revive: StatementSync;
  readonly #removeAll: StatementSync;
  readonly #removeBeyond: StatementSync;
  readonly #holdAll: StatementSync;
  readonly #release: StatementSync;
  readonly #unblock: StatementSync;

  constructor(database: DatabaseSync) {
    this.#put = prepare(database, "parked-put");
    this.#remove = prepare(database, "parked-remove");
    this.#revive = prepare(database, "parked-revive");
    this.#removeAll = prepare(database, "parked-remove-all");
    this.#removeBeyond = prepare(database, "parked-remove-beyond");
    this.#holdAll = prepare(database, "parked-hold-all");
    this.#release = prepare(database, "parked-release");
    this.#unblock = prepare(database, "parked-unblock");
  }

  /** One change of journal-columns.ts. */
  apply(change: Float64Array): void {
    const [endpoint, code, ...values] = Array.from(change) as [number, number, ...ChangeValues];
    switch (code) {
      case changeCodes.park: {
        const [position, state, attempts, step, dueAtMs, key] = values;
        this.#put.run(endpoint, position, parkedStateCodes.word(state), attempts, step, dueAtMs, key);
        return;
      }
      case changeCodes.unpark:
        this.#remove.run(endpoint, values[0]);
        return;
      case changeCodes.revive:
        this.#revive.run(endpoint, values[0], values[1], values[2]);
        return;
      case changeCodes.cancelAll:
        this.#removeAll.run(endpoint);
        return;
      case changeCodes.cancelBeyond:
        this.#removeBeyond.run(endpoint, values[0]);
        return;
      case changeCodes.holdAll:
        this.#holdAll.run(endpoint, strictKey);
        return;
      case changeCodes.releaseAll:
        this.#release.run(endpoint);
        this.#unblock.run(endpoint);
        return;
      case changeCodes.unblockAll:
        this.#unblock.run(endpoint);
        return;
      default:
        throw new Error(`${code} is no change of a row`);
    }
  }
}

type ChangeValues = [number, number, number, number, number, number];
