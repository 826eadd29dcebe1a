/** Event types of the catalogue between their JSON and the noun. */
import type { Type } from "typebox";
import type { EventType, EventTypeVersion, JsonSchema } from "../core/event-type.ts";
import type { EventTypeInput } from "../registry/event-types/event-type-check.ts";
import type { EventTypeBody, newEventTypeVersionSchema, putEventTypeSchema } from "./schemas/event-type.ts";
import { wireTime } from "./wire-time.ts";

export function wireEventType(eventType: EventType): EventTypeBody {
  const { name, description, group, archived, validate, versions, createdAtMs, updatedAtMs } = eventType;
  return {
    name,
    description,
    group,
    archived,
    validate,
    versions: versions.map((version) => ({ ...version, transforms: { ...version.transforms } })),
    created_at: wireTime(createdAtMs),
    updated_at: wireTime(updatedAtMs),
  };
}

/** Members that are left out take their defaults: a `PUT` says the whole. */
export function eventTypeInput(name: string, body: Type.Static<typeof putEventTypeSchema>): EventTypeInput {
  const { description = "", group = null, archived = false, validate = "none", versions = [] } = body;
  return { name, description, group, archived, validate, versions: versions.map(versionInput) };
}

function versionInput(body: Type.Static<typeof newEventTypeVersionSchema>): EventTypeVersion {
  const { version, description = "", transforms = {} } = body;
  return {
    version,
    description,
    // Whether it is a schema at all is found out where it is compiled.
    ...(body.schema !== undefined && { schema: body.schema as JsonSchema }),
    ...("example" in body && { example: body.example }),
    transforms,
  };
}
