/** What a catalogue says of an event type. A type that is in none can be published all the same. */
export interface EventType {
  /** A type of events, such as `order.paid`. */
  readonly name: string;
  readonly description: string;
  /** Under what people find it; null under nothing. */
  readonly group: string | null;
  /** No longer offered to those who choose; can still be published. */
  readonly archived: boolean;
  readonly validate: ValidationRule;
  /** In the order of their making: events that name no version are of the first. */
  readonly versions: readonly EventTypeVersion[];
  readonly createdAtMs: number;
  readonly updatedAtMs: number;
}

/** `reject`: data that do not fit the schema of their version, and versions that there are not, are refused. */
export const validationRules = ["none", "reject"] as const;
export type ValidationRule = (typeof validationRules)[number];

/** One form that the data of a type have or had. */
export interface EventTypeVersion {
  readonly version: string;
  readonly description: string;
  /** JSON Schema 2020-12 of `data`; absent where any JSON value is. */
  readonly schema?: JsonSchema;
  /** Of `data`; absent where there is none. */
  readonly example?: unknown;
  /** By another version: a JSONata expression that makes data of this one of that one's. */
  readonly transforms: Readonly<Record<string, string>>;
}

export type JsonSchema = boolean | { readonly [keyword: string]: unknown };

/** The version that data are of; undefined where the catalogue does not know it. */
export const versionOf = (eventType: EventType, version: string | null): EventTypeVersion | undefined =>
  version === null ? eventType.versions[0] : eventType.versions.find((known) => known.version === version);

/** One step on the way from one version to another. */
export interface VersionStep {
  readonly to: string;
  /** A JSONata expression. */
  readonly transform: string;
}

/** The fewest steps that lead from one version to another; none where they are the same, null where no way leads. */
export function versionPath(eventType: EventType, from: string, to: string): readonly VersionStep[] | null {
  const ways = new Map<string, readonly VersionStep[]>([[from, []]]);
  // A map goes on to what is added while it is walked: nearer versions come before those that they lead to.
  for (const [reached, way] of ways) {
    if (reached === to) return way;
    for (const { version, transforms } of eventType.versions) {
      const transform = Object.hasOwn(transforms, reached) ? transforms[reached] : undefined;
      if (transform !== undefined && !ways.has(version)) ways.set(version, [...way, { to: version, transform }]);
    }
  }
  return null;
}
