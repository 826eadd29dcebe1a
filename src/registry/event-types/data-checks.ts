/** Schemas of the catalogue made ready, and events held against them before they are stored. */
import { TrotlineError } from "../../core/errors.ts";
import type { NewEvent } from "../../core/event.ts";
import { type EventType, type EventTypeVersion, versionOf } from "../../core/event-type.ts";
import { SchemaError } from "./bounded-schema.ts";
import { type DataCheck, readDataSchema } from "./data-schema.ts";

/**
 * Characters of the schemas that are kept compiled: compiling one takes as long as thousands of checks, and a compiled
 * one takes up to 150 bytes for each of its characters.
 */
const keptLengthMax = 1_000_000;
const shownMax = 200;

interface Kept {
  readonly check: DataCheck;
  readonly length: number;
}

export class DataChecks {
  /** The least lately used first. */
  readonly #kept = new Map<EventTypeVersion, Kept>();
  #keptLength = 0;

  /** Null where it has no schema. Throws `SchemaError`. */
  of(version: EventTypeVersion): DataCheck | null {
    const { schema } = version;
    if (schema === undefined) return null;
    const known = this.#kept.get(version);
    const kept = known ?? { check: readDataSchema(schema), length: JSON.stringify(schema).length };
    this.#kept.delete(version);
    this.#kept.set(version, kept);
    if (known === undefined) this.#forgetBeyond(kept);
    return kept.check;
  }

  #forgetBeyond({ length }: Kept): void {
    this.#keptLength += length;
    for (const [oldest, kept] of this.#kept) {
      if (this.#keptLength <= keptLengthMax) break;
      this.#kept.delete(oldest);
      this.#keptLength -= kept.length;
    }
  }

  /** A schema that was stored by another version of Trotline may be one that this one does not take. */
  #usable(version: EventTypeVersion, type: string): DataCheck | null {
    try {
      return this.of(version);
    } catch (error) {
      if (!(error instanceof SchemaError)) throw error;
      const detail = `The schema of \`${type}\`, version ${version.version}, cannot be used: ${error.message}`;
      throw new TrotlineError("data-invalid", detail, { field: "/data", cause: error });
    }
  }

  /** Refuses with `data-invalid` and `version-unknown`. */
  check(event: NewEvent, eventType: EventType): void {
    const { type, data } = event;
    const version = versionOf(eventType, event.version);
    if (version === undefined) {
      if (event.version === null) return;
      const known = eventType.versions.map((one) => `\`${one.version}\``).join(", ") || "none";
      const detail = `The versions of \`${type}\` are ${known}; \`${event.version}\` is not among them.`;
      throw new TrotlineError("version-unknown", detail, { field: "/version" });
    }
    const check = this.#usable(version, type);
    const text = Buffer.prototype.utf8Slice.call(data, 0, data.length);
    const misfit = check === null ? null : check(JSON.parse(text), data.length);
    if (misfit === null) return;
    const field = `/data${misfit.pointer}`;
    const rule = misfit.rule === "" ? "" : `rule \`${misfit.rule}\` of `;
    const of = `${rule}the schema of \`${type}\`, version ${version.version}`;
    const detail = `\`${field.slice(0, shownMax)}\` ${misfit.sentence} (${of}).`;
    throw new TrotlineError("data-invalid", detail, { field });
  }
}
