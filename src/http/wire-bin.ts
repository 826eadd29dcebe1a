/** Bins and their requests between their JSON and the noun. */
import { answerFor, type BinAnswer, type BinSettings } from "../core/bin.ts";
import type { StoredEvent } from "../core/event.ts";
import { headerValues, type KeptRequest } from "../core/received-request.ts";
import { belowSource } from "../core/received-target.ts";
import type { Ledger } from "../inbound/bins/bin-ledgers.ts";
import type { Bin, BinInput } from "../registry/bins.ts";
import type { BinBody, BinChangeBody, BinRequestSummaryBody } from "./schemas/bin.ts";
import { wireTime } from "./wire-time.ts";

export function wireBin({ bin, ...source }: Bin, publicUrl: string | null): BinBody {
  return {
    id: source.id,
    name: source.name,
    url: `${publicUrl ?? ""}/in/${source.name}`,
    tenant: bin.tenant,
    description: source.description,
    answer: bin.answers.map(({ status, headers, body, delayMs, times }) => ({
      status,
      headers: { ...headers },
      body,
      delay_ms: delayMs,
      times,
    })),
    cors: bin.cors,
    expires_at: wireTime(bin.expiresAtMs),
    created_at: wireTime(source.createdAtMs),
    updated_at: wireTime(source.updatedAtMs),
  };
}

type AnswerBody = NonNullable<BinChangeBody["answer"]>;

/** What a body sets; members that it leaves out stay out. */
export function binInput(body: BinChangeBody): Partial<BinInput> {
  const { description, answer, cors, expires_in_ms } = body;
  return {
    ...(description !== undefined && { description }),
    ...(answer !== undefined && { answers: answersInput(answer) }),
    ...(cors !== undefined && { cors }),
    ...(expires_in_ms !== undefined && { expiresInMs: expires_in_ms }),
  };
}

function answersInput(answer: AnswerBody | null): BinAnswer[] {
  if (answer === null) return [];
  return (Array.isArray(answer) ? answer : [answer]).map(({ status, headers, body, delay_ms, times }) => ({
    status,
    headers: Object.fromEntries(Object.entries(headers ?? {}).map(([name, value]) => [name.toLowerCase(), value])),
    body: body ?? "",
    delayMs: delay_ms ?? 0,
    times: times ?? 1,
  }));
}

export interface WiredRequest {
  readonly bin: BinSettings;
  readonly event: StoredEvent;
  readonly request: KeptRequest;
  readonly cursor: string;
  readonly ledger: Ledger;
}

export function wireBinRequest({ bin, event, request, cursor, ledger }: WiredRequest): BinRequestSummaryBody {
  const { method, target, address, protocol, receivedAtMs, headers, body } = request;
  return {
    id: event.id,
    cursor,
    method,
    target,
    path: belowSource(target),
    address,
    protocol,
    received_at: wireTime(receivedAtMs),
    content_type: headerValues(headers, "content-type")[0] ?? null,
    body_bytes: body.length,
    note: bin.notes[event.id] ?? null,
    answered: answeredTo(bin, event.position, ledger),
  };
}

/** The answers have not changed since their sequence began. */
function answeredTo(bin: BinSettings, position: number, ledger: Ledger): BinRequestSummaryBody["answered"] {
  if (position <= bin.answersAfter) return null;
  const number = ledger.between(bin.answersAfter, position);
  const answer = answerFor(bin.answers, number);
  return { number, status: answer?.status ?? 200, delay_ms: answer?.delayMs ?? 0 };
}

export const headerPairs = ({ headers }: KeptRequest): string[][] => {
  const pairs: string[][] = [];
  for (let index = 0; index < headers.length; index += 2) {
    pairs.push([headers[index] ?? "", headers[index + 1] ?? ""]);
  }
  return pairs;
};

/** Decoded as a form is. */
export function queryPairs({ target }: KeptRequest): string[][] {
  const start = target.indexOf("?");
  return start === -1 ? [] : [...new URLSearchParams(`&${target.slice(start + 1)}`)];
}

/** As text only where it comes back byte for byte. What is cut may end in the middle of a character. */
export function shownBody(body: Uint8Array, bytesMax: number): { body: string } | { body_base64: string } {
  const shown = Buffer.from(body.buffer, body.byteOffset, Math.min(body.length, bytesMax));
  try {
    const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
    return { body: decoder.decode(shown, { stream: shown.length < body.length }) };
  } catch {
    return { body_base64: shown.toString("base64") };
  }
}
