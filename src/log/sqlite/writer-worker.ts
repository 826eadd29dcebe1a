/**
 * The thread that writes, the only one that does: it has the one connection that may, makes a transaction of each
 * group, and gives positions. Its other end is writer.ts.
 */
import type { DatabaseSync } from "node:sqlite";
import type { Epochs } from "../../core/epochs.ts";
import { beginEpoch } from "./begin-epoch.ts";
import { type EventColumns, eventBuffers } from "./event-columns.ts";
import type { GroupAnswer, GroupMessage } from "./group.ts";
import { GroupWriter } from "./group-writer.ts";
import {
  loadConsumers,
  loadEventTypes,
  loadJournal,
  loadRegistry,
  loadReplays,
  loadSources,
  loadStatistics,
} from "./load.ts";
import { migrate } from "./migrate.ts";
import { limitSize, openForWriting } from "./open-database.ts";
import { openError } from "./sqlite-error.ts";
import { type Reply, serveQuestions } from "./worker-service.ts";
import { WriterFault, type WriterFaultRule } from "./writer-fault.ts";

export interface OpenQuestion {
  readonly do: "open";
  readonly path: string;
  readonly databaseBytesMax: number | null;
  /** The last position that the process knows of; null at its start. */
  readonly knownHead: number | null;
  /** By the wall clock. */
  readonly nowMs: number;
  readonly fault: WriterFaultRule | null;
}

export interface OpenAnswer {
  /** With the one that begins; null where `knownHead` was given, because the process goes on in the epoch it has. */
  readonly epochs: Epochs | null;
  readonly earliest: number;
  readonly head: number;
  readonly acceptedAtMs: number;
  readonly logBytes: number;
  readonly journalBatch: number;
  /** What was stored beyond `knownHead` without anybody being told. */
  readonly missed: EventColumns | null;
}

const loads = {
  loadRegistry,
  loadJournal,
  loadConsumers,
  loadReplays,
  loadEventTypes,
  loadSources,
  loadStatistics,
} as const;

export interface LoadQuestion {
  readonly do: keyof typeof loads;
}

type WriterQuestion = OpenQuestion | GroupMessage | LoadQuestion;

let database: DatabaseSync | null = null;
let writer: GroupWriter | null = null;

serveQuestions<WriterQuestion>(
  (question) => {
    if (question.do === "open") return open(question);
    if (database === null || writer === null) throw new Error("the database is not open");
    if (question.do === "group") return groupReply(writer.write(question));
    return { value: loads[question.do](database) };
  },
  () => database?.close(),
);

function open(question: OpenQuestion): Reply {
  const { path, knownHead, nowMs } = question;
  let epochs: Epochs | null = null;
  try {
    database = openForWriting(path);
    migrate(database, path);
    writer = new GroupWriter(database, new WriterFault(question.fault));
    if (knownHead === null) epochs = beginEpoch(database, writer.place.head, nowMs);
    // After that, so that a store without room can be opened, and makes room by retention.
    limitSize(database, question.databaseBytesMax);
  } catch (error) {
    throw openError(error, path);
  }
  const { place } = writer;
  const missed = knownHead === null || knownHead >= place.head ? null : writer.eventsAfter(knownHead);
  const value: OpenAnswer = {
    epochs,
    earliest: place.trimmedThrough + 1,
    head: place.head,
    acceptedAtMs: place.acceptedAtMs,
    logBytes: place.logBytes,
    journalBatch: place.journalBatch,
    missed,
  };
  return { value, transfer: missed === null ? [] : eventBuffers(missed) };
}

function groupReply(answer: GroupAnswer): Reply {
  const transfer: ArrayBuffer[] = [];
  if (answer.positions !== null) transfer.push(answer.positions.buffer);
  if (answer.outcomes !== null) transfer.push(answer.outcomes.buffer);
  return { value: answer, transfer };
}
