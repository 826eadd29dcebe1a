/** The thread that reads, on a connection that cannot write. Its other end is reader.ts. */
import type { ReadBackQuery, ReadQuery } from "../event-log.ts";
import type { AttemptQuery } from "../journal.ts";
import type { ReceiptQuery } from "../source-store.ts";
import type { StatisticsQuery } from "../statistics-store.ts";
import { eventBuffers } from "./event-columns.ts";
import { openForReading } from "./open-database.ts";
import { Reads } from "./reads.ts";
import type { RowPlace } from "./statistics-search.ts";
import { type Reply, serveQuestions } from "./worker-service.ts";

export type ReaderQuestion =
  | { readonly do: "open"; readonly path: string }
  | { readonly do: "page"; readonly query: ReadQuery }
  | { readonly do: "pageBack"; readonly query: ReadBackQuery }
  | { readonly do: "find"; readonly tenant: string; readonly id: string }
  | { readonly do: "redeliveries"; readonly position: number }
  | { readonly do: "positionBefore"; readonly timeMs: number }
  | { readonly do: "parkedDue"; readonly endpointNumber: number; readonly limit: number }
  | { readonly do: "firstExhausted"; readonly endpointNumber: number; readonly sinceMs: number }
  | { readonly do: "standingKeys"; readonly endpointNumber: number; readonly after: number; readonly limit: number }
  | {
      readonly do: "parkedOfKeys";
      readonly endpointNumber: number;
      readonly keys: readonly number[];
      readonly limit: number;
    }
  | { readonly do: "delivery"; readonly endpointNumber: number; readonly position: number }
  | { readonly do: "deliveredAmong"; readonly endpointNumber: number; readonly first: number; readonly last: number }
  | {
      readonly do: "failedAmong";
      readonly endpointNumber: number;
      readonly first: number;
      readonly last: number;
      readonly limit: number;
    }
  | { readonly do: "attempts"; readonly query: AttemptQuery }
  | { readonly do: "attempt"; readonly sequence: number }
  | { readonly do: "receipts"; readonly query: ReceiptQuery }
  | { readonly do: "receipt"; readonly id: string }
  | StatisticsQuestion;

export type StatisticsQuestion =
  | { readonly do: "rollStatistics"; readonly after: number; readonly limit: number; readonly minutesFromMs: number }
  | { readonly do: "statisticsGroups"; readonly query: StatisticsQuery }
  | {
      readonly do: "statisticsRows";
      readonly query: StatisticsQuery;
      readonly keys: readonly (string | number | null)[];
      readonly from: RowPlace;
    };

let close = (): void => {};
let reads: Reads | null = null;

serveQuestions<ReaderQuestion>(
  (question) => {
    if (question.do === "open") {
      const database = openForReading(question.path);
      close = () => database.close();
      reads = new Reads(database);
      return { value: null };
    }
    if (reads === null) throw new Error("the database is not open");
    return read(reads, question);
  },
  () => close(),
);

function read(from: Reads, question: Exclude<ReaderQuestion, { do: "open" }>): Reply {
  switch (question.do) {
    case "page":
    case "pageBack": {
      const answer = question.do === "page" ? from.page(question.query) : from.pageBack(question.query);
      return { value: answer, transfer: eventBuffers(answer.columns) };
    }
    case "find":
      return { value: from.find(question.tenant, question.id) };
    case "redeliveries":
      return { value: from.redeliveries(question.position) };
    case "positionBefore":
      return { value: from.positionBefore(question.timeMs) };
    case "parkedDue":
      return { value: from.parkedDue(question.endpointNumber, question.limit) };
    case "firstExhausted":
      return { value: from.firstExhausted(question.endpointNumber, question.sinceMs) };
    case "standingKeys":
      return { value: from.standingKeys(question.endpointNumber, question.after, question.limit) };
    case "parkedOfKeys":
      return { value: from.parkedOfKeys(question.endpointNumber, question.keys, question.limit) };
    case "delivery":
      return { value: from.delivery(question.endpointNumber, question.position) };
    case "deliveredAmong":
      return { value: from.deliveredAmong(question.endpointNumber, question.first, question.last) };
    case "failedAmong":
      return { value: from.failedAmong(question.endpointNumber, question) };
    case "attempts":
      return { value: from.attempts(question.query) };
    case "attempt":
      return { value: from.attempt(question.sequence) };
    case "receipts":
      return { value: from.receipts(question.query) };
    case "receipt":
      return { value: from.receipt(question.id) };
    case "rollStatistics":
      return { value: from.statistics.page(question) };
    case "statisticsGroups":
      return { value: from.statistics.groups(question.query) };
    case "statisticsRows":
      return { value: from.statistics.rows(question.query, question.keys, question.from) };
  }
}
