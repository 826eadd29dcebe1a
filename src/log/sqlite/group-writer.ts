import type { DatabaseSync, StatementSync } from "node:sqlite";
import { TrotlineError } from "../../core/errors.ts";
import { AppendWriter } from "./append-writer.ts";
import { DocumentWriter } from "./document-writer.ts";
import { type EventColumns, EventPacker } from "./event-columns.ts";
import type { GroupAnswer, GroupMessage, WalSize } from "./group.ts";
import { JournalWriter } from "./journal-writer.ts";
import { LogPlace } from "./log-place.ts";
import { pragma } from "./open-database.ts";
import { EndpointNumbers, RegistryWriter } from "./registry-writer.ts";
import { allRows, firstRow, prepare } from "./sql.ts";
import { TrimWriter } from "./trim-writer.ts";
import type { WriterFault } from "./writer-fault.ts";

/** Pages that a full database must have free before a probe calls it writable again. */
const probePagesMin = 16;

/** Makes one transaction of a group, in the writer's thread. All of a group is stored, or nothing of it. */
export class GroupWriter {
  readonly place: LogPlace;
  readonly #database: DatabaseSync;
  readonly #fault: WriterFault;
  readonly #endpoints: EndpointNumbers;
  readonly #events: AppendWriter;
  readonly #journal: JournalWriter;
  readonly #registry: RegistryWriter;
  readonly #documents: DocumentWriter;
  readonly #trims: TrimWriter;
  readonly #begin: StatementSync;
  readonly #commit: StatementSync;
  readonly #touch: StatementSync;
  readonly #page: StatementSync;
  readonly #walSize: StatementSync;

  constructor(database: DatabaseSync, fault: WriterFault) {
    this.#database = database;
    this.#fault = fault;
    this.place = new LogPlace(database);
    this.#endpoints = new EndpointNumbers(database);
    this.#events = new AppendWriter(database, this.place);
    this.#journal = new JournalWriter(database, this.place, this.#endpoints);
    this.#registry = new RegistryWriter(database, this.#endpoints);
    this.#documents = new DocumentWriter(database);
    this.#trims = new TrimWriter(database, this.place);
    this.#begin = database.prepare("BEGIN IMMEDIATE");
    this.#commit = database.prepare("COMMIT");
    this.#touch = prepare(database, "log-touch");
    this.#page = prepare(database, "events-page");
    this.#walSize = prepare(database, "wal-size");
  }

  /** Throws after everything was rolled back. */
  write(message: GroupMessage): GroupAnswer {
    try {
      this.#fault.reach("call");
      this.#begin.run();
      const answer = this.#writeParts(message);
      this.#fault.reach("call");
      this.#commit.run();
      this.#fault.reach("committed");
      return { ...answer, wal: this.#wal() };
    } catch (error) {
      // Some errors end the transaction by themselves (https://sqlite.org/lang_transaction.html, section 3).
      if (this.#database.isTransaction) this.#database.exec("ROLLBACK");
      this.place.reload();
      this.#endpoints.reload();
      throw error;
    }
  }

  #writeParts(message: GroupMessage): Omit<GroupAnswer, "wal"> {
    const headBefore = this.place.head;
    if (message.requests.length > 0) this.#fault.reach("call");
    const appended = this.#events.append(message);
    if (message.changes.length + message.documents.length > 0) this.#fault.reach("call");
    const changeNumbers = message.changes.map((change) => this.#registry.apply(change));
    for (const change of message.documents) this.#documents.apply(change);
    if (message.journal !== null) {
      this.#fault.reach("call");
      this.#journal.write(message.journal, message.journalBatch);
    }
    if (message.trims.length + message.attemptTrims.length > 0) this.#fault.reach("call");
    const trims = message.trims.map((rule) => this.#trims.trim(rule, message.keysThroughMs));
    const attemptTrims = message.attemptTrims.map((rule) => this.#trims.trimAttempts(rule));
    if (message.probe) this.#probe();
    return { headBefore, ...appended, changeNumbers, trims, attemptTrims, logBytes: this.place.logBytes };
  }

  /** A write that changes nothing tells whether the disk takes writes; whether the file may grow must be counted. */
  #probe(): void {
    this.#touch.run();
    const free = pragma(this.#database, "max_page_count") - pragma(this.#database, "page_count");
    if (free + pragma(this.#database, "freelist_count") < probePagesMin) {
      throw new TrotlineError("store-full", "The database has reached the size that it may have.");
    }
  }

  #wal(): WalSize {
    const [, pages, checkpointed] = (firstRow(this.#walSize) ?? [0, 0, 0]) as [number, number, number];
    return { pages, checkpointed };
  }

  /** What is in the log beyond a position. */
  eventsAfter(position: number): EventColumns {
    const packer = new EventPacker();
    for (const row of allRows(this.#page, position, Number.MAX_SAFE_INTEGER)) packer.addRow(row);
    return packer.finish();
  }
}
