/** What must be true of the events that an endpoint asks for. */

import type { SelectionSettings } from "../core/endpoint-selection.ts";
import { TrotlineError } from "../core/errors.ts";
import { limits } from "../core/limits.ts";
import type { EventTypes } from "./event-types/event-types.ts";
import { readExpression } from "./expression/expression.ts";

/** Of the members that are set. Refuses with `filter-invalid`, `version-unknown` and `invalid-body`. */
export function checkSelection(input: Partial<SelectionSettings>, eventTypes: Pick<EventTypes, "get">): void {
  if (typeof input.filter === "string") checkFilter(input.filter);
  const pins = Object.entries(input.versions ?? {});
  if (pins.length > limits.pinnedVersions) {
    const detail = `\`versions\` names ${pins.length} event types; the limit is ${limits.pinnedVersions}.`;
    throw new TrotlineError("invalid-body", detail, { field: "/versions" });
  }
  for (const [name, version] of pins) {
    if (eventTypes.get(name)?.versions.some((known) => known.version === version)) continue;
    const field = `/versions/${name.replaceAll("~", "~0").replaceAll("/", "~1")}`;
    const shown = name.slice(0, limits.eventTypeLength);
    const detail = `The catalogue knows no version \`${version}\` of an event type \`${shown}\`.`;
    throw new TrotlineError("version-unknown", detail, { field });
  }
}

/** A filter is a member of a body here, and not a parameter. */
export function checkFilter(filter: string): void {
  try {
    readExpression(filter);
  } catch (error) {
    if (!(error instanceof TrotlineError)) throw error;
    throw new TrotlineError(error.code, error.message, { ...error.extras, field: "/filter" });
  }
}
