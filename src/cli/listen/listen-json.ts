/** What programs read: a line of JSON for each attempt. `docs/listen.md` states its members. */

import type { AttemptReport } from "./listener.ts";
import type { LocalRequest } from "./local-request.ts";
import type { LocalAnswer } from "./send-locally.ts";

export function attemptJson(report: AttemptReport, isVerbose: boolean): string {
  const { at, event, trigger, number, request, outcome, durationMs } = report;
  const answer = outcome !== null && "status" in outcome ? outcome : null;
  return JSON.stringify({
    at: at.toISOString(),
    event_id: event.id,
    type: event.type,
    tenant: event.tenant,
    source: event.source ?? null,
    cursor: event.cursor,
    verified_by: request.verifiedBy,
    trigger,
    attempt: number,
    method: request.method || null,
    url: request.url || null,
    status: answer?.status ?? null,
    error: errorOf(outcome),
    duration_ms: outcome === null ? null : durationMs,
    request_bytes: request.body.length,
    response_bytes: answer?.bytes ?? null,
    ...(isVerbose && { request: requestJson(request), response: answer && answerJson(answer) }),
  });
}

function errorOf(outcome: AttemptReport["outcome"]): string | null {
  if (outcome === null) return null;
  if ("failure" in outcome) return outcome.failure;
  return outcome.brokenOff === null ? null : `The answer broke off: ${outcome.brokenOff}`;
}

const requestJson = ({ headers, body }: LocalRequest): object => ({ headers: pairs(headers), ...bodyJson(body) });

const answerJson = ({ headers, body, bytes, brokenOff }: LocalAnswer): object => ({
  headers: pairs(headers),
  ...bodyJson(body),
  body_truncated: bytes > body.length || brokenOff !== null,
});

function pairs(headers: readonly string[]): string[][] {
  const list: string[][] = [];
  for (let at = 0; at < headers.length; at += 2) list.push([headers[at] ?? "", headers[at + 1] ?? ""]);
  return list;
}

/** As text only where it comes back byte for byte. */
function bodyJson(body: Uint8Array): object {
  try {
    return { body: new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(body) };
  } catch {
    return { body_base64: Buffer.from(body.buffer, body.byteOffset, body.length).toString("base64") };
  }
}
