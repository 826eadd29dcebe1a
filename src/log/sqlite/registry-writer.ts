import type { DatabaseSync, StatementSync } from "node:sqlite";
import type { RegistryChange } from "./group.ts";
import { KeyWriter } from "./key-writer.ts";
import { SourceWriter } from "./source-writer.ts";
import { allRows, firstRow, prepare } from "./sql.ts";
import { StatisticsWriter } from "./statistics-writer.ts";

/** Which endpoints there are. A number is never given twice, so one that is not here and not new was deleted. */
export class EndpointNumbers {
  #live = new Set<number>();
  #last = 0;
  readonly #all: StatementSync;
  readonly #lastNumber: StatementSync;

  constructor(database: DatabaseSync) {
    this.#all = prepare(database, "endpoint-numbers");
    this.#lastNumber = prepare(database, "endpoint-last-number");
    this.reload();
  }

  wasDeleted(number: number): boolean {
    return number <= this.#last && !this.#live.has(number);
  }

  has(number: number): boolean {
    return this.#live.has(number);
  }

  added(number: number): void {
    this.#live.add(number);
    this.#last = number;
  }

  removed(number: number): void {
    this.#live.delete(number);
  }

  /** After a rollback. */
  reload(): void {
    this.#live = new Set(allRows(this.#all).map((row) => Number(row[0])));
    this.#last = Number(firstRow(this.#lastNumber)?.[0] ?? 0);
  }
}

/** The part of the writer that stores what is configured. */
export class RegistryWriter {
  readonly #endpoints: EndpointNumbers;
  readonly #insert: StatementSync;
  readonly #update: StatementSync;
  readonly #remove: StatementSync;
  readonly #lanePut: StatementSync;
  readonly #laneRemove: StatementSync;
  readonly #parkedRemoveAll: StatementSync;
  readonly #keys: KeyWriter;
  readonly #sources: SourceWriter;
  readonly #statistics: StatisticsWriter;

  constructor(database: DatabaseSync, endpoints: EndpointNumbers) {
    this.#endpoints = endpoints;
    this.#insert = prepare(database, "endpoint-insert");
    this.#update = prepare(database, "endpoint-update");
    this.#remove = prepare(database, "endpoint-remove");
    this.#lanePut = prepare(database, "lane-put");
    this.#laneRemove = prepare(database, "lane-remove");
    this.#parkedRemoveAll = prepare(database, "parked-remove-all");
    this.#keys = new KeyWriter(database);
    this.#sources = new SourceWriter(database);
    this.#statistics = new StatisticsWriter(database);
  }

  /** Inside the group's transaction. Answers the number of what was made, or what others say, or 0. */
  apply(change: RegistryChange): number {
    if (change.do === "createEndpoint") return this.#create(change);
    if (change.do === "updateEndpoint") {
      const { number, ...members } = change.endpoint;
      this.#update.run(number, JSON.stringify(members));
    } else if (change.do === "deleteEndpoint") {
      this.#remove.run(change.endpointNumber);
      this.#laneRemove.run(change.endpointNumber);
      this.#parkedRemoveAll.run(change.endpointNumber);
      this.#endpoints.removed(change.endpointNumber);
    } else if (change.do === "putKey" || change.do === "removeKey" || change.do === "noteKeyUses") {
      this.#keys.apply(change);
    } else if (change.do === "addStatistics" || change.do === "trimStatistics") {
      return this.#statistics.apply(change);
    } else {
      return this.#sources.apply(change);
    }
    return 0;
  }

  #create({ endpoint, start }: RegistryChange & { do: "createEndpoint" }): number {
    const number = Number(this.#insert.run(JSON.stringify(endpoint)).lastInsertRowid);
    this.#endpoints.added(number);
    if (start.behind || start.health !== null) {
      const health = start.health === null ? null : JSON.stringify(start.health);
      this.#lanePut.run(number, start.readPosition, start.behind ? 1 : 0, JSON.stringify(start.pending), health);
    }
    return number;
  }
}
