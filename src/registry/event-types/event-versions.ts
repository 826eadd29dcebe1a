/** Events in the version that their endpoint wants, made by the transforms of the catalogue. */
import type { Endpoint } from "../../core/endpoint.ts";
import type { StoredEvent } from "../../core/event.ts";
import { versionOf, versionPath } from "../../core/event-type.ts";
import { TransformFailure, type Transforms } from "../transform/transform.ts";
import type { EventTypes } from "./event-types.ts";

export class EventVersions {
  readonly #eventTypes: Pick<EventTypes, "get" | "revision">;
  readonly #transforms: Pick<Transforms, "run">;
  /** What was made of an event, for the other endpoints that want the same. */
  #made = new WeakMap<StoredEvent, Map<string, Promise<StoredEvent>>>();
  #revision = 0;

  constructor(parts: { eventTypes: Pick<EventTypes, "get" | "revision">; transforms: Pick<Transforms, "run"> }) {
    this.#eventTypes = parts.eventTypes;
    this.#transforms = parts.transforms;
  }

  /** Rejects with a `TransformFailure` where no way leads to the version, or a step of it fails. */
  asPinned(endpoint: Endpoint, event: StoredEvent): StoredEvent | Promise<StoredEvent> {
    const pinned = Object.hasOwn(endpoint.versions, event.type) ? endpoint.versions[event.type] : undefined;
    if (pinned === undefined || event.version === pinned) return event;
    if (this.#revision !== this.#eventTypes.revision) {
      this.#made = new WeakMap();
      this.#revision = this.#eventTypes.revision;
    }
    let ofEvent = this.#made.get(event);
    if (ofEvent === undefined) {
      ofEvent = new Map();
      this.#made.set(event, ofEvent);
    }
    let made = ofEvent.get(pinned);
    if (made === undefined) {
      made = this.#make(event, pinned);
      ofEvent.set(pinned, made);
      // The next attempt tries again: what failed may have been a process that was busy.
      made.catch(() => ofEvent.delete(pinned));
    }
    return made;
  }

  async #make(event: StoredEvent, pinned: string): Promise<StoredEvent> {
    const eventType = this.#eventTypes.get(event.type);
    const from = eventType === undefined ? undefined : versionOf(eventType, event.version);
    const path = eventType === undefined || from === undefined ? null : versionPath(eventType, from.version, pinned);
    if (path === null) {
      const is = event.version === null ? "names no version" : `is of version ${event.version}`;
      throw new TransformFailure(`The event ${is}, and the catalogue knows no way to version ${pinned}.`);
    }
    let made: StoredEvent = { ...event, version: from?.version ?? null };
    for (const { to, transform } of path) {
      const data = await this.#transforms.run(transform, made);
      if (data === null) throw new TransformFailure(`The transform to version ${to} leaves the event out.`);
      made = { ...made, version: to, data };
    }
    return made;
  }
}
