/** A request to the HTTP interface, and its answer, as bytes: a line of JSON, and behind it the body as it came. */
import type { FastifyRequest } from "fastify";
import type { ShardElsewhereError } from "../log/shard-store.ts";

export interface ForwardedRequest {
  readonly method: string;
  /** Path and query. */
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Whose request it is. Never the text of the key. */
  readonly keyId: string;
  /** How far whoever asks knows the log. */
  readonly head: number;
  /** Null where it has none. */
  readonly body: Uint8Array | null;
}

export interface ForwardedAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
}

export type Asked = Pick<ForwardedRequest, "method" | "url" | "body">;

export interface AsksElsewhere {
  /** Asks whoever runs the shard, as the one who made this request. */
  ask(request: FastifyRequest, elsewhere: ShardElsewhereError, asked: Asked): Promise<ForwardedAnswer>;
}

const newline = 10;

export function requestBytes({ body, ...head }: ForwardedRequest): Uint8Array {
  return joined({ ...head, hasBody: body !== null }, body ?? new Uint8Array());
}

/** Null where the bytes are none. */
export function readRequest(bytes: Uint8Array): ForwardedRequest | null {
  const { head, body } = divided(bytes);
  const { method, url, headers, keyId, hasBody } = head;
  const known = Number(head.head);
  if (typeof method !== "string" || typeof url !== "string" || typeof keyId !== "string") return null;
  if (!url.startsWith("/") || !/^[A-Z]+$/.test(method) || !isTexts(headers)) return null;
  return { method, url, headers, keyId, head: known, body: hasBody === true ? body : null };
}

export const answerBytes = ({ body, ...head }: ForwardedAnswer): Uint8Array => joined(head, body);

/** Null where the bytes are none. */
export function readAnswer(bytes: Uint8Array): ForwardedAnswer | null {
  const { head, body } = divided(bytes);
  const { status, headers } = head;
  if (!Number.isInteger(status) || Number(status) < 200 || Number(status) > 599 || !isTexts(headers)) return null;
  return { status: Number(status), headers, body };
}

function joined(head: object, body: Uint8Array): Uint8Array {
  return Buffer.concat([Buffer.from(`${JSON.stringify(head)}\n`), body]);
}

function divided(bytes: Uint8Array): { readonly head: Readonly<Record<string, unknown>>; readonly body: Uint8Array } {
  const end = bytes.indexOf(newline);
  const body = bytes.subarray(end + 1);
  if (end < 0) return { head: {}, body };
  try {
    const head: unknown = JSON.parse(Buffer.from(bytes.subarray(0, end)).toString());
    return { head: typeof head === "object" && head !== null ? (head as Record<string, unknown>) : {}, body };
  } catch {
    return { head: {}, body };
  }
}

function isTexts(value: unknown): value is Record<string, string> {
  if (typeof value !== "object" || value === null) return false;
  return Object.values(value).every((text) => typeof text === "string");
}
