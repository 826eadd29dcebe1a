/** What a delivery looks like on its way to an endpoint. */
export const payloadFormats = [
  "standard",
  "thin",
  "cloudevents",
  "cloudevents-binary",
  "raw",
  "form",
  "xml",
  "slack",
  "discord",
  "teams",
] as const;
export type PayloadFormat = (typeof payloadFormats)[number];

export const deliveryMethods = ["POST", "PUT", "PATCH", "GET"] as const;
export type DeliveryMethod = (typeof deliveryMethods)[number];

export const compressions = ["none", "gzip", "br", "zstd"] as const;
export type Compression = (typeof compressions)[number];

/** Several events in one request. */
export interface Batching {
  readonly maxEvents: number;
  /** The longest that a first event waits for company. */
  readonly maxWaitMs: number;
}

export interface PayloadSettings {
  readonly method: DeliveryMethod;
  readonly format: PayloadFormat;
  readonly compression: Compression;
  /** Null: one event a request. */
  readonly batch: Batching | null;
  /** A JSONata expression that makes of the event what is sent as its data; null sends the data as they are. */
  readonly transform: string | null;
}

export const payloadDefaults: PayloadSettings = {
  method: "POST",
  format: "standard",
  compression: "none",
  batch: null,
  transform: null,
};
