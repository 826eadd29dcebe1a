/** Replays between their JSON and the noun. */
import type { Endpoint } from "../core/endpoint.ts";
import { cursorAt, type Epochs } from "../core/epochs.ts";
import { TrotlineError } from "../core/errors.ts";
import { type Replay, type ReplayPlan, replayTypes } from "../core/replay.ts";
import type { EventLog } from "../log/event-log.ts";
import type { RecoveryRange } from "../outbound/recoveries.ts";
import { positionOf } from "./log-place.ts";
import type { NewRecoveryBody, NewReplayBody, ReplayBody } from "./schemas/replay.ts";
import { checkedPatterns } from "./type-patterns.ts";
import { wireTime } from "./wire-time.ts";

export function wireReplay(replay: Replay, epochs: Epochs): ReplayBody {
  return {
    id: replay.id,
    endpoint_id: replay.endpointId,
    status: replay.status,
    reason: replay.reason,
    from: cursorAt(epochs, replay.first - 1),
    to: cursorAt(epochs, replay.last),
    types: [...replay.types],
    only: replay.only,
    dry_run: replay.isDryRun,
    matched: replay.matched,
    counted_through: cursorAt(epochs, replay.countedThrough),
    sent: replay.delivered + replay.failed,
    delivered: replay.delivered,
    failed: replay.failed,
    cursor: cursorAt(epochs, replay.position),
    created_at: wireTime(replay.createdAtMs),
    updated_at: wireTime(replay.updatedAtMs),
  };
}

/** What a body asks to be recovered, with its range fixed now. Refuses as `replayPlan` does. */
export async function recoveryRange(
  body: NewRecoveryBody,
  log: { events: EventLog; tenant: string },
): Promise<RecoveryRange> {
  const after = await positionOf(body.since, log);
  const last = await positionOf(body.until ?? "latest", log);
  if (after > last) {
    throw new TrotlineError("invalid-body", "`since` lies beyond `until` in the log.", { field: "/since" });
  }
  return { first: after + 1, last, isDryRun: body.dry_run ?? false };
}

/**
 * What a body asks for, with its range fixed now. Refuses with `invalid-body`, and as `positionOf` does.
 */
export async function replayPlan(body: NewReplayBody, endpoint: Endpoint, events: EventLog): Promise<ReplayPlan> {
  const log = { events, tenant: endpoint.tenant };
  const after = await positionOf(body.from ?? "earliest", log);
  const last = await positionOf(body.to ?? "latest", log);
  if (after > last) {
    throw new TrotlineError("invalid-body", "`from` lies beyond `to` in the log.", { field: "/from" });
  }
  return {
    endpointNumber: endpoint.number,
    endpointId: endpoint.id,
    first: after + 1,
    last,
    types: replayTypes(checkedPatterns(body.types ?? []), endpoint.types),
    only: body.only ?? "all",
    isDryRun: body.dry_run ?? false,
  };
}
