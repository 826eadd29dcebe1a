/**
 * Every limit that a request or a configuration can meet, in one place. Units are in the names.
 * A limit that an operator may move is an option (see `config/options.ts`) whose default stands here.
 */
export const limits = {
  /** Bytes of `data` of one event, as they came. */
  eventDataBytes: 256 * 1024,
  /** Events of one array in a publish request. A streamed NDJSON body has no such limit. */
  eventsPerBatch: 1000,
  /** Bytes of one publish request that is not streamed. */
  publishBodyBytes: 16 * 1024 * 1024,
  /** How deep objects and arrays of `data` may be nested. */
  dataDepth: 64,
  eventIdLength: 128,
  eventTypeLength: 128,
  tenantLength: 64,
  subjectLength: 256,
  versionLength: 32,
  idempotencyKeyLength: 255,
  idempotencyKeyAgeMs: 24 * 3_600_000,

  /** Endpoints of one tenant. */
  endpointsPerTenant: 10_000,
  typePatternsPerEndpoint: 100,
  headersPerEndpoint: 32,
  headerValueLength: 4096,
  urlLength: 2048,
  secretsPerEndpoint: 5,
  descriptionLength: 512,
  retriesPerSchedule: 50,
  retryDelayMsMax: 7 * 24 * 3_600_000,
  timeoutMsMin: 1000,
  timeoutMsMax: 30_000,
  timeoutMsDefault: 15_000,
  maxInFlightMax: 512,
  maxInFlightDefault: 64,
  disableAfterMsDefault: 5 * 24 * 3_600_000,

  /** Bytes of a receiver's answer that are read, and kept when the attempt failed. */
  responseBodyBytes: 16 * 1024,
  /** Bytes of a receiver's answer that are kept when the attempt succeeded. */
  responseBodyBytesWhenDelivered: 1024,
  /** A receiver cannot ask for a longer pause than this. */
  retryAfterMsMax: 24 * 3_600_000,
  /** An attempt still in flight after this long is parked, so that the cursor can pass it. */
  slowAfterMs: 1000,
  /** Parked deliveries of one endpoint held in memory; the rest is read from the store when they come due. */
  parkedInMemory: 512,
  /** Parked deliveries of one endpoint beyond which its lane reads no further. */
  parkedPerEndpoint: 100_000,

  listPageSize: 100,
  listPageSizeMax: 1000,

  /** How long a request for a page may wait for an event. */
  waitSecondsMax: 60,
  /** Bytes of data of one page of events; it has one event at least. */
  pageBytes: 4 * 1024 * 1024,
  /** Events that one request looks at to find those that its filter takes. */
  scannedPerPage: 10_000,
  /** Characters of a filter expression, and parts of what it is made of. */
  filterLength: 2048,
  filterNodes: 500,
  typePatternsPerQuery: 100,
  /** Requests that wait for events at once, in one process. */
  waiters: 50_000,
  /** How long a stream of events lasts before the server ends it and the client resumes. */
  streamMsMax: 300_000,

  consumersPerTenant: 1000,
  consumerNameLength: 64,
  leaseMsMin: 1000,
  leaseMsMax: 3_600_000,
  leaseMsDefault: 60_000,

  /** Replays of one process that have not ended; and those that have, which are remembered. */
  replaysActive: 100,
  replaysKept: 1000,
  /** Attempts of one replay in flight. */
  replayInFlight: 8,
} as const;
