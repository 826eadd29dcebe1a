/** The shapes of the catalogue of event types, and of filters that are tried, as they travel; see `wire.ts`. */

/** One form that the data of a type have or had. */
export interface NewEventTypeVersion {
  /** What events of it have as their `version`. */
  readonly version: string;
  readonly description?: string;
  /** JSON Schema 2020-12 of `data`: an object, or true or false. */
  readonly schema?: unknown;
  /** An example of `data`. */
  readonly example?: unknown;
  /** By another version: a JSONata expression that makes data of this version of an event of that one. */
  readonly transforms?: Readonly<Record<string, string>>;
}

/** What the catalogue is to say of an event type; what is absent has its default. */
export interface NewEventType {
  readonly description?: string;
  /** Under what people find it. */
  readonly group?: string | null;
  /** No longer offered; it can still be published. */
  readonly archived?: boolean;
  /** `reject` refuses events whose data do not fit the schema of their version. */
  readonly validate?: "none" | "reject";
  /** In the order of their making; events that name no version are of the first. */
  readonly versions?: readonly NewEventTypeVersion[];
}

export interface EventTypeVersion {
  readonly version: string;
  readonly description: string;
  readonly schema?: unknown;
  readonly example?: unknown;
  readonly transforms: Readonly<Record<string, string>>;
}

/** What the catalogue says of an event type. */
export interface EventType {
  readonly name: string;
  readonly description: string;
  readonly group: string | null;
  readonly archived: boolean;
  readonly validate: "none" | "reject";
  readonly versions: readonly EventTypeVersion[];
  readonly created_at: string;
  readonly updated_at: string;
}

/** Whether an endpoint takes each type of the catalogue, and each pattern of its own. */
export interface EndpointTypes {
  readonly types: Readonly<Record<string, boolean>>;
}

/** A filter to be tried on the newest events. */
export interface FilterTest {
  /** An expression in CEL. */
  readonly filter: string;
  /** Only events of these types; patterns. */
  readonly types?: readonly string[];
  readonly tenant?: string;
  /** How many events; 20 where absent. */
  readonly last?: number;
}

export interface FilterTestResult {
  /** How many of them it takes. */
  readonly taken: number;
  /** Newest first. */
  readonly data: readonly FilterTestEvent[];
}

export interface FilterTestEvent {
  readonly id: string;
  readonly type: string;
  readonly cursor: string;
  /** `no_value`, `too_costly`: the expression fails on the event, which is left out. */
  readonly outcome: "taken" | "left_out" | "no_value" | "too_costly";
}
