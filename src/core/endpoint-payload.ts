import type { OrderSettings } from "./endpoint-order.ts";

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

/** Formats of which several fit in one body, as an array. */
const batchFormats: ReadonlySet<PayloadFormat> = new Set(["standard", "thin", "cloudevents"]);
/** Formats whose members can stand in a query. */
const queryFormats: ReadonlySet<PayloadFormat> = new Set(["standard", "thin", "form", "raw"]);

export interface PayloadRefusal {
  readonly field: string;
  readonly detail: string;
}

/** Why these settings do not go together; null where they do. */
export function payloadRefusal(
  endpoint: PayloadSettings & Pick<OrderSettings, "ordering"> & { readonly maxInFlight: number },
): PayloadRefusal | null {
  const { batch, compression, format, maxInFlight, method, ordering, transform } = endpoint;
  const isGet = method === "GET";
  if (isGet && !queryFormats.has(format)) {
    return { field: "/method", detail: `\`GET\` has no body, and \`${format}\` is one; take ${listOf(queryFormats)}` };
  }
  if (isGet && compression !== "none") return { field: "/compression", detail: "`GET` has no body to compress" };
  if (transform !== null && format === "thin") {
    return { field: "/transform", detail: "`thin` sends no data that it could change" };
  }
  if (batch === null) return null;
  const field = "/batch";
  if (isGet) return { field, detail: "`GET` has no body that could carry several events" };
  if (!batchFormats.has(format)) {
    return { field, detail: `one body of \`${format}\` is one event; several fit in ${listOf(batchFormats)}` };
  }
  if (ordering !== "none")
    return { field, detail: "events that go in order go one by one: leave out `batch`, or set `ordering` to `none`" };
  if (batch.maxEvents > maxInFlight) {
    return {
      field: "/batch/max_events",
      detail: `a batch of ${batch.maxEvents} is as many deliveries in flight, and \`max_in_flight\` is ${maxInFlight}`,
    };
  }
  return null;
}

const listOf = (formats: ReadonlySet<PayloadFormat>): string =>
  [...formats].map((format) => `\`${format}\``).join(", ");
