/** What the values of a command's templates are, for one attempt of one event. */
import type { EventValue, RequestValue, TemplateValue } from "./command-template.ts";
import type { StoredEvent } from "./event.ts";
import { headerValues, type KeptRequest } from "./received-request.ts";

/** One attempt, as a program is told of it. */
export interface CommandSubject {
  /** As the endpoint wants it: in its version, after its transform. */
  readonly event: StoredEvent;
  /** Null where the event was published. */
  readonly request: KeptRequest | null;
  /** 1 for the first. */
  readonly attempt: number;
}

const decoder = new TextDecoder();
const strictDecoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

export class CommandValues {
  readonly #subject: CommandSubject;
  #data: { readonly value: unknown } | null = null;

  constructor(subject: CommandSubject) {
    this.#subject = subject;
  }

  /** Null where there is none: the event has no such member, or null there. */
  of(value: TemplateValue): string | Uint8Array | null {
    const { event, request, attempt } = this.#subject;
    switch (value.from) {
      case "attempt":
        return String(attempt);
      case "body":
        return request?.body ?? event.data;
      case "event":
        return eventText(event, value.name as EventValue);
      case "request":
        return request === null ? null : requestText(request, value.name as RequestValue);
      case "header":
        return request === null ? null : headerText(request, value.name);
      case "query":
        return request === null ? null : queryText(request, value.name);
      case "data":
        return value.path.length === 0 ? event.data : this.#dataText(value.path);
    }
  }

  #dataText(path: readonly string[]): string | null {
    this.#data ??= { value: parseExactly(decoder.decode(this.#subject.event.data)) };
    let found = this.#data.value;
    for (const part of path) found = member(found, part);
    if (found === undefined || found === null) return null;
    return typeof found === "string" ? found : JSON.stringify(found);
  }
}

/** Of a list by its index. */
function member(value: unknown, name: string): unknown {
  if (Array.isArray(value)) return /^(0|[1-9]\d{0,8})$/.test(name) ? value[Number(name)] : undefined;
  if (typeof value !== "object" || value === null || rawJson.isRawJSON(value) || !Object.hasOwn(value, name)) {
    return undefined;
  }
  return (value as Record<string, unknown>)[name];
}

/** Not in the types yet: https://github.com/tc39/proposal-json-parse-with-source */
const rawJson = JSON as unknown as { rawJSON(text: string): object; isRawJSON(value: unknown): boolean };

/** Numbers that JavaScript would write otherwise stay as they were written. */
function parseExactly(text: string): unknown {
  const exact = (_name: string, value: unknown, context?: { readonly source?: string }): unknown => {
    const source = context?.source;
    return typeof value === "number" && source !== undefined && source !== String(value)
      ? rawJson.rawJSON(source)
      : value;
  };
  return JSON.parse(text, exact);
}

function eventText(event: StoredEvent, name: EventValue): string | null {
  return name === "occurred_at" ? new Date(event.occurredAtMs).toISOString() : event[name];
}

function requestText(request: KeptRequest, name: RequestValue): string | null {
  return name === "delivery_id" ? request.deliveryId : request[name];
}

/** Headers of one name are one value, as HTTP has it. */
function headerText({ headers }: KeptRequest, name: string): string | null {
  const values = headerValues(headers, name);
  return values.length === 0 ? null : utf8Of(values.join(", "));
}

/** The first of its name. */
function queryText({ target }: KeptRequest, name: string): string | null {
  const start = target.indexOf("?");
  return start === -1 ? null : new URLSearchParams(target.slice(start + 1)).get(name);
}

/** Its characters stand for bytes, which are UTF-8 nearly always. */
function utf8Of(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the range is that of ASCII
  if (/^[\x00-\x7f]*$/.test(text)) return text;
  return textOf(Uint8Array.from(text, (character) => character.charCodeAt(0))) ?? text;
}

/** The text whose UTF-8 these bytes are; null where they are none. */
export function textOf(bytes: Uint8Array): string | null {
  try {
    return strictDecoder.decode(bytes);
  } catch {
    return null;
  }
}
