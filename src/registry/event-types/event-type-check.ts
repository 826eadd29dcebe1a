/** What must be true of an event type before it goes into the catalogue. */
import { TrotlineError } from "../../core/errors.ts";
import { isEventType, isVersion } from "../../core/event.ts";
import type { EventType, EventTypeVersion } from "../../core/event-type.ts";
import { limits } from "../../core/limits.ts";
import { readTransform } from "../transform/transform.ts";
import { SchemaError } from "./bounded-schema.ts";
import type { DataCheck } from "./data-schema.ts";

/** What a person may set. */
export type EventTypeInput = Omit<EventType, "createdAtMs" | "updatedAtMs">;

/** Refuses with `event-type-invalid` and `transform-invalid`, each naming the member. */
export async function checkEventType(
  eventType: EventTypeInput,
  readSchema: (version: EventTypeVersion) => DataCheck | null,
): Promise<void> {
  if (!isEventType(eventType.name)) {
    const rule = `parts divided by full stops, each of letters, digits and _ : / -, at most ${limits.eventTypeLength} characters`;
    throw invalid(`The name of an event type has ${rule}.`, "/name");
  }
  const known = new Set<string>();
  for (const [index, version] of eventType.versions.entries()) {
    const field = `/versions/${index}`;
    if (!isVersion(version.version)) {
      throw invalid(`A version has 1 to ${limits.versionLength} printable characters.`, `${field}/version`);
    }
    if (known.has(version.version)) throw invalid(`There are two versions \`${version.version}\`.`, `${field}/version`);
    known.add(version.version);
    checkExample(version, { field, check: readChecked(version, field, readSchema) });
    // Schemas take long to compile; whoever publishes has a turn after each.
    await new Promise((resolve) => setImmediate(resolve));
  }
  for (const [index, version] of eventType.versions.entries()) checkTransforms(version, known, `/versions/${index}`);
}

function readChecked(
  version: EventTypeVersion,
  field: string,
  readSchema: (version: EventTypeVersion) => DataCheck | null,
): DataCheck | null {
  try {
    return readSchema(version);
  } catch (error) {
    if (!(error instanceof SchemaError)) throw error;
    const place = error.pointer === "" ? "The schema" : `The schema at \`${error.pointer.slice(0, 200)}\``;
    throw invalid(`${place}: ${error.message}`, `${field}/schema${error.pointer}`);
  }
}

function checkExample(version: EventTypeVersion, of: { field: string; check: DataCheck | null }): void {
  if (version.example === undefined) return;
  const field = `${of.field}/example`;
  const { length } = JSON.stringify(version.example);
  if (length > limits.exampleLength) {
    throw invalid(`The example has ${length} characters; the limit is ${limits.exampleLength}.`, field);
  }
  const misfit = of.check?.(version.example, length) ?? null;
  if (misfit === null) return;
  const { pointer, sentence } = misfit;
  throw invalid(`The example does not fit its own schema: \`${pointer}\` ${sentence}.`, `${field}${pointer}`);
}

function checkTransforms(version: EventTypeVersion, known: ReadonlySet<string>, field: string): void {
  for (const [from, text] of Object.entries(version.transforms)) {
    const place = `${field}/transforms/${from.replaceAll("~", "~0").replaceAll("/", "~1")}`;
    if (!known.has(from) || from === version.version) {
      throw invalid(`A transform is from another version of the type; \`${from.slice(0, 64)}\` is none.`, place);
    }
    readTransform(text, place);
  }
}

const invalid = (detail: string, field: string): TrotlineError =>
  new TrotlineError("event-type-invalid", detail, { field });
