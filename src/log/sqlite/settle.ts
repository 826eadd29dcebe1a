import type { Epochs } from "../../core/epochs.ts";
import type { StoredEvent } from "../../core/event.ts";
import type { AppendedItem, AppendOutcome, AppendRequest, PublishedEvent, TrimResult } from "../event-log.ts";
import { type GroupAnswer, outcomeCodes } from "./group.ts";
import { announcement, type PendingGroup } from "./write-queue.ts";

const outcomeWords = ["stored", "duplicate", "conflict"] as const;

/**
 * A group was committed: the events that it stored, made of those that were given (nothing comes back from the thread
 * but positions), and a function that answers everybody, to be called when the events were announced.
 */
export function settleGroup(
  group: PendingGroup,
  answer: GroupAnswer,
): { stored: StoredEvent[]; finish: (epochs: Epochs) => void } {
  const stored: StoredEvent[] = [];
  const outcomes: AppendOutcome[] = [];
  let start = 0;
  for (const { work } of group.tasks) {
    const request = requestOf(work);
    if (request === null) continue;
    const byKey = answer.byKey.get(outcomes.length);
    outcomes.push(byKey ?? { kind: "answered", items: itemsOf(request, start, { group, answer, stored }) });
    start += request.events.length;
  }
  return {
    stored,
    finish: (epochs) =>
      answerTasks(group, answer, { outcomes, head: stored.at(-1)?.position ?? answer.headBefore, epochs }),
  };
}

function answerTasks(
  group: PendingGroup,
  answer: GroupAnswer,
  known: { outcomes: AppendOutcome[]; head: number; epochs: Epochs },
): void {
  let requests = 0;
  let changes = 0;
  let trims = 0;
  let attemptTrims = 0;
  for (const { work, resolve } of group.tasks) {
    const outcome = requestOf(work) === null ? undefined : known.outcomes[requests++];
    if (work.do === "append") resolve(outcome);
    else if (work.do === "change") resolve(answer.changeNumbers[changes++]);
    else if (work.do === "trimAttempts") resolve(answer.attemptTrims[attemptTrims++]);
    else if (work.do === "trim") {
      const { removed, earliest, more, cancelled } = answer.trims[trims++] as GroupAnswer["trims"][number];
      resolve({
        removed,
        more,
        cancelled,
        bounds: { epochs: known.epochs, earliest, head: known.head },
      } satisfies TrimResult);
    } else resolve(undefined);
  }
}

/**
 * What became of a request's events, the first of which has the index `start` in the answer. Adds those that were
 * stored to `into.stored`.
 */
function itemsOf(
  request: AppendRequest,
  start: number,
  into: { group: PendingGroup; answer: GroupAnswer; stored: StoredEvent[] },
): AppendedItem[] {
  const { headBefore, positions, outcomes } = into.answer;
  const { acceptedAtMs } = into.group;
  const items: AppendedItem[] = [];
  let index = start;
  for (const event of request.events) {
    const position = positions === null ? headBefore + index + 1 : (positions[index] as number);
    const code = outcomes === null ? outcomeCodes.stored : (outcomes[index] as number);
    items.push({ id: event.id, position, outcome: outcomeWords[code] as AppendedItem["outcome"] });
    if (code === outcomeCodes.stored && position > 0) into.stored.push(storedEvent(event, position, acceptedAtMs));
    index += 1;
  }
  return items;
}

function storedEvent(event: PublishedEvent, position: number, acceptedAtMs: number): StoredEvent {
  const { id, tenant, type, subject, occurredAtMs, version, data, request } = event;
  return { id, tenant, type, subject, occurredAtMs, version, data, request, position, acceptedAtMs };
}

function requestOf(work: PendingGroup["tasks"][number]["work"]): AppendRequest | null {
  if (work.do === "append") return work.request;
  if (work.do === "journal") return work.batch.announce.length > 0 ? announcement(work.batch.announce) : null;
  return work.do === "change" && work.announce !== null ? announcement([work.announce]) : null;
}

export function failGroup(group: PendingGroup, error: Error): void {
  for (const { reject } of group.tasks) reject(error);
}

/** The journal's part of a group is known to be stored. */
export function acceptJournal(group: PendingGroup): void {
  for (const { work, resolve } of group.tasks) if (work.do === "journal") resolve(undefined);
}
