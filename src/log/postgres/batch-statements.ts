/** A batch of the journal as parameters of `sql/batch-write.sql`: arrays, so that hundreds of rows are one statement. */
import type { AttemptRecord } from "../../core/attempt.ts";
import type { LaneRecord } from "../../core/lane.ts";
import { unknownKey } from "../../core/lane-key.ts";
import { errorClassCodes, triggerCodes } from "../attempt-codes.ts";
import type { JournalBatch } from "../journal.ts";
import { type ChangeStage, changesInStages } from "./changes-in-stages.ts";
import type { Parameter } from "./database.ts";
import { storableText } from "./storable-text.ts";

/** Bounds of one statement: its text is in memory several times, here and there. */
const attemptsMax = 10_000;
const bytesMax = 4 * 1024 * 1024;

/**
 * All of the parameters but those that name the batch. Mostly one statement; the first is with the others' locks, and
 * with the shards, whose fences hold for all of them.
 */
export function batchStatements(batch: JournalBatch): Parameter[][] {
  const attempts = inShares(batch.attempts);
  const stages = changesInStages(batch.changes);
  const count = Math.max(1, attempts.length, stages.length);
  return Array.from({ length: count }, (_, index) => [
    ...shardColumns(index === 0 ? batch.dispatched : []),
    ...attemptColumns(attempts[index] ?? []),
    ...laneColumns(index === count - 1 ? batch.lanes : []),
    ...changeColumns(stages[index] ?? { rows: [], masses: [] }),
  ]);
}

function shardColumns(dispatched: JournalBatch["dispatched"]): Parameter[] {
  return [
    dispatched.map(({ shard }) => shard),
    dispatched.map(({ fence }) => fence),
    dispatched.map(({ position }) => position),
    dispatched.map(({ isRunning }) => isRunning === true),
  ];
}

function inShares(attempts: readonly AttemptRecord[]): AttemptRecord[][] {
  const shares: AttemptRecord[][] = [];
  let share: AttemptRecord[] = [];
  let bytes = 0;
  for (const attempt of attempts) {
    const more = attempt.responseBody.length + (attempt.errorDetail?.length ?? 0);
    if (share.length === 0 || share.length === attemptsMax || bytes + more > bytesMax) {
      share = [];
      shares.push(share);
      bytes = 0;
    }
    share.push(attempt);
    bytes += more;
  }
  return shares;
}

function attemptColumns(attempts: readonly AttemptRecord[]): Parameter[] {
  const ended = attempts.map((attempt) => attempt.startedAtMs + attempt.durationMs);
  const bodies = attempts.map((attempt) => attempt.responseBody);
  return [
    attempts.map((attempt) => attempt.endpointNumber),
    attempts.map((attempt) => attempt.position),
    attempts.map((attempt) => attempt.number),
    attempts.map((attempt) => triggerCodes.code(attempt.trigger)),
    attempts.map((attempt) => attempt.startedAtMs),
    attempts.map((attempt) => attempt.durationMs),
    running(ended, Math.max),
    attempts.map((attempt) => attempt.status),
    attempts.map(({ errorClass }) => (errorClass === null ? null : errorClassCodes.code(errorClass))),
    attempts.map(({ errorDetail }) => errorDetail && storableText(errorDetail)),
    attempts.map((attempt) => attempt.retryAfterMs),
    attempts.map((attempt) => attempt.responseTruncated),
    running(
      bodies.map((body) => body.length),
      (sum, length) => sum + length,
    ),
    Buffer.concat(bodies),
  ];
}

/** What `combine` makes of each number and all before it. */
function running(numbers: readonly number[], combine: (before: number, number: number) => number): number[] {
  const results: number[] = [];
  for (const number of numbers) {
    const before = results.at(-1);
    results.push(before === undefined ? number : combine(before, number));
  }
  return results;
}

function laneColumns(lanes: readonly LaneRecord[]): Parameter[] {
  const newest = new Map(lanes.map((lane) => [lane.endpointNumber, lane]));
  const sorted = [...newest.values()].sort((left, right) => left.endpointNumber - right.endpointNumber);
  return [
    sorted.map((lane) => lane.endpointNumber),
    sorted.map((lane) => lane.readPosition),
    sorted.map((lane) => lane.behind),
    sorted.map((lane) => JSON.stringify(lane.pending)),
    sorted.map((lane) => (lane.health === null ? null : JSON.stringify(lane.health))),
  ];
}

function changeColumns({ rows, masses }: ChangeStage): Parameter[] {
  return [
    rows.map(({ endpointNumber }) => endpointNumber),
    rows.map(({ position }) => position),
    rows.map(({ row }) => row?.state ?? null),
    rows.map(({ row }) => row?.attempts ?? null),
    rows.map(({ row }) => row?.step ?? null),
    rows.map(({ row }) => row?.dueAtMs ?? null),
    rows.map(({ row }) => row?.key ?? unknownKey),
    masses.map(({ endpointNumber }) => endpointNumber),
    masses.map(({ change }) => change.do),
    masses.map(({ change }) => (change.do === "cancelBeyond" ? change.position : null)),
    masses.map(({ change }) => (change.do === "revive" ? change.sinceMs : null)),
    masses.map(({ change }) => (change.do === "revive" ? change.dueAtMs : null)),
    masses.map(({ change }) => change.do === "revive" && change.isOrdered === true),
  ];
}
