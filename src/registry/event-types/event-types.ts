/** The catalogue of event types, cached whole: one for all tenants. A change is durable before it is seen. */
import { isDeepStrictEqual } from "node:util";
import { TrotlineError } from "../../core/errors.ts";
import type { NewEvent } from "../../core/event.ts";
import type { EventType, EventTypeVersion } from "../../core/event-type.ts";
import { limits } from "../../core/limits.ts";
import type { Clock } from "../../core/ports.ts";
import type { EventTypeStore } from "../../log/event-type-store.ts";
import { ChangeTurns } from "../change-turns.ts";
import type { ConfigurationWatch } from "../configuration-watch.ts";
import { followDocuments } from "../following.ts";
import { DataChecks } from "./data-checks.ts";
import { checkEventType, type EventTypeInput } from "./event-type-check.ts";

export interface EventTypesOptions {
  readonly store: EventTypeStore;
  readonly clock: Clock;
  /** The versions of an event type that endpoints want. */
  readonly pinnedVersions: (name: string) => ReadonlySet<string>;
  /** Of what other processes configure; absent where there are none. */
  readonly watch?: ConfigurationWatch | undefined;
}

export interface EventTypeQuery {
  readonly group?: string;
  /** Null takes both. */
  readonly archived: boolean | null;
  readonly afterName?: string;
  readonly limit: number;
}

export class EventTypes {
  readonly #options: EventTypesOptions;
  readonly #checks = new DataChecks();
  readonly #byName = new Map<string, EventType>();
  /** Those by whose schemas events are refused: most catalogues have none, and then nothing is looked up. */
  readonly #checked = new Map<string, EventType>();
  #names: string[] = [];
  /** Characters of the JSON of each. */
  readonly #lengths = new Map<string, number>();
  #revision = 0;
  readonly #turns: ChangeTurns;

  private constructor(options: EventTypesOptions, stored: readonly EventType[]) {
    this.#options = options;
    this.#turns = new ChangeTurns(options.watch);
    this.#follow(options);
    for (const eventType of stored) this.#remember(eventType);
    this.#names.sort();
  }

  static async load(options: EventTypesOptions): Promise<EventTypes> {
    return new EventTypes(options, await options.store.load());
  }

  /** Another after every change. */
  get revision(): number {
    return this.#revision;
  }

  get(name: string): EventType | undefined {
    return this.#byName.get(name);
  }

  /** The event type, or `event-type-not-found`. */
  require(name: string): EventType {
    const eventType = this.#byName.get(name);
    if (eventType !== undefined) return eventType;
    const detail = `The catalogue has no event type \`${name.slice(0, limits.eventTypeLength)}\`.`;
    throw new TrotlineError("event-type-not-found", detail);
  }

  /** By name. */
  values(): EventType[] {
    return this.#names.flatMap((name) => this.#byName.get(name) ?? []);
  }

  /** By name, beginning after `afterName`. */
  list(query: EventTypeQuery): { eventTypes: EventType[]; more: boolean } {
    const { group, archived, afterName, limit } = query;
    const found = this.values().filter(
      (eventType) =>
        (afterName === undefined || eventType.name > afterName) &&
        (group === undefined || eventType.group === group) &&
        (archived === null || eventType.archived === archived),
    );
    return { eventTypes: found.slice(0, limit), more: found.length > limit };
  }

  /** Puts it in the place of the one of its name. Refuses as `checkEventType`, and with `event-type-limit`. */
  put(input: EventTypeInput): Promise<{ eventType: EventType; isNew: boolean }> {
    return this.#turns.change(async (known) => {
      const before = this.#byName.get(input.name);
      if (before === undefined && this.#byName.size >= limits.eventTypes) {
        throw new TrotlineError("event-type-limit", `The catalogue has ${limits.eventTypes} event types already.`);
      }
      this.#checkLength(input);
      const nowMs = this.#options.clock.wallMs();
      const versions = input.versions.map((version) => asBefore(before, version));
      const eventType = { ...input, versions, createdAtMs: before?.createdAtMs ?? nowMs, updatedAtMs: nowMs };
      await checkEventType(eventType, (version) => this.#checks.of(version));
      this.#checkPins(eventType.name, eventType);
      const builtOn = before === undefined ? known("event_type") : known("event_type", "endpoint");
      await this.#options.store.put(eventType, builtOn);
      this.#remember(eventType);
      if (before === undefined) this.#names.sort();
      return { eventType, isNew: before === undefined };
    });
  }

  /** Refuses with `event-type-not-found` and `event-type-in-use`. */
  remove(name: string): Promise<void> {
    return this.#turns.change(async (known) => {
      this.require(name);
      this.#checkPins(name, null);
      await this.#options.store.remove(name, known("event_type", "endpoint"));
      this.#forget(name);
    });
  }

  /** Refuses an event that may not be stored, with `data-invalid` or `version-unknown`. On the way of every event. */
  check(event: NewEvent): void {
    if (this.#checked.size === 0) return;
    const eventType = this.#checked.get(event.type);
    if (eventType !== undefined) this.#checks.check(event, eventType);
  }

  #checkLength(input: EventTypeInput): void {
    const length = lengthOf(input);
    let others = 0;
    for (const [name, known] of this.#lengths) if (name !== input.name) others += known;
    if (others + length <= limits.catalogueLength) return;
    const detail = `The event type has ${length} characters, the others ${others}; the limit is ${limits.catalogueLength}.`;
    throw new TrotlineError("event-type-limit", detail);
  }

  #checkPins(name: string, after: EventType | null): void {
    const left = new Set(after?.versions.map(({ version }) => version));
    for (const pinned of this.#options.pinnedVersions(name)) {
      if (left.has(pinned)) continue;
      const detail = `An endpoint wants version \`${pinned}\` of \`${name}\`.`;
      throw new TrotlineError("event-type-in-use", detail);
    }
  }

  #follow({ watch, store }: EventTypesOptions): void {
    const follower = followDocuments<EventType>({
      turns: this.#turns,
      keyOf: ({ name }) => name,
      read: (keys) => (keys === null ? store.load() : (watch?.changes.eventTypes(keys) ?? store.load())),
      known: (name) => this.#byName.get(name),
      keys: () => [...this.#byName.keys()],
      put: (eventType, before) => {
        this.#remember({ ...eventType, versions: eventType.versions.map((version) => asBefore(before, version)) });
        this.#names.sort();
      },
      remove: ({ name }) => this.#forget(name),
    });
    watch?.on("event_type", follower);
  }

  #forget(name: string): void {
    this.#byName.delete(name);
    this.#checked.delete(name);
    this.#lengths.delete(name);
    this.#names = this.#names.filter((known) => known !== name);
    this.#revision += 1;
  }

  #remember(eventType: EventType): void {
    const { name } = eventType;
    if (!this.#byName.has(name)) this.#names.push(name);
    this.#byName.set(name, eventType);
    this.#lengths.set(name, lengthOf(eventType));
    if (eventType.validate === "reject") this.#checked.set(name, eventType);
    else this.#checked.delete(name);
    this.#revision += 1;
  }
}

const lengthOf = ({ description, versions }: EventTypeInput): number =>
  description.length + JSON.stringify(versions).length;

/** The same object where nothing changed: its schema stays compiled. */
function asBefore(before: EventType | undefined, version: EventTypeVersion): EventTypeVersion {
  const known = before?.versions.find((one) => one.version === version.version);
  return known !== undefined && isDeepStrictEqual(known, version) ? known : version;
}
