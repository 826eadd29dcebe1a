/**
 * Templates of commands: text with values of an event in braces, such as `--order={data.order.id}`. `{data.note?}` is
 * empty where there is no such value; without the question mark that is a failure. A brace that is meant stands twice.
 */
import { parseBraces } from "./brace-template.ts";

/** What a value is taken from. `path` is of `data`, `name` of the others. */
export interface TemplateValue {
  /** As it was written, for sentences. */
  readonly written: string;
  readonly from: "event" | "data" | "header" | "query" | "request" | "body" | "attempt";
  readonly name: string;
  readonly path: readonly string[];
  readonly isOptional: boolean;
}

export type TemplatePart = string | TemplateValue;

const eventValues = ["id", "type", "tenant", "subject", "occurred_at", "version"] as const;
export type EventValue = (typeof eventValues)[number];

/** Of an event that was received. */
const requestValues = ["method", "target", "address", "source", "delivery_id"] as const;
export type RequestValue = (typeof requestValues)[number];

const pathPartsMax = 16;

/** The parts of a template, or the sentence that says why it is none. */
export const parseCommandTemplate = (template: string): readonly TemplatePart[] | string =>
  parseBraces(template, parseValue);

/** Whether a value stands in it; what cannot be read is taken for one. */
export function isCommandTemplate(template: string): boolean {
  const parts = parseCommandTemplate(template);
  return typeof parts === "string" || parts.some((part) => typeof part !== "string");
}

/** `text`: for arguments and variables, which hold no NUL. */
export function templateRefusal(template: string, use: "text" | "bytes"): string | null {
  const parts = parseCommandTemplate(template);
  if (typeof parts === "string") return parts;
  return use === "text" && template.includes("\0") ? "has a NUL in it" : null;
}

const takes = "`data`, `data.path.to.value`, `header.name`, `query.name`, `body`, `attempt`, `event.…` or `request.…`";

function parseValue(written: string): TemplateValue | string {
  const isOptional = written.endsWith("?");
  const place = isOptional ? written.slice(0, -1) : written;
  const dot = place.indexOf(".");
  const from = dot === -1 ? place : place.slice(0, dot);
  const name = dot === -1 ? "" : place.slice(dot + 1);
  const made = { written: place, isOptional, name, path: [] };
  const unknown = `knows no \`{${place.slice(0, 60)}}\`; it takes ${takes}`;
  switch (from) {
    case "body":
    case "attempt":
      return dot === -1 ? { ...made, from } : unknown;
    case "data": {
      const path = dot === -1 ? [] : name.split(".");
      if (path.includes("")) return `has an empty part in the path \`{${place.slice(0, 60)}}\``;
      return path.length > pathPartsMax
        ? `has more than ${pathPartsMax} parts in a path`
        : { ...made, from, name: "", path };
    }
    case "header":
    case "query":
      return name === "" ? unknown : { ...made, from, name: from === "header" ? name.toLowerCase() : name };
    case "event":
      return eventValues.some((known) => known === name) ? { ...made, from } : unknown;
    case "request":
      return requestValues.some((known) => known === name) ? { ...made, from } : unknown;
    default:
      return unknown;
  }
}
