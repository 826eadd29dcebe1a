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
  /** Characters of a secret, or bytes where it writes bytes down. */
  secretLength: 256,
  secretLengthMin: 16,
  /** How long a secret that was replaced goes on signing. */
  secretGraceMsDefault: 24 * 3_600_000,
  secretGraceMsMax: 30 * 24 * 3_600_000,
  /** Characters of a template of a signature, of what is signed, or of a header; and headers beside the signature's. */
  signingTemplateLength: 512,
  signingHeaders: 8,
  /** How often one template may name the same part. */
  signingPlaceholders: 2,
  descriptionLength: 512,
  retriesPerSchedule: 50,
  retryDelayMsMax: 7 * 24 * 3_600_000,
  retryAgeMsMin: 1000,
  retryAgeMsMax: 365 * 24 * 3_600_000,
  ratePerSecondMin: 0.01,
  ratePerSecondMax: 10_000,
  rateBurstMax: 10_000,
  successStatusesPerEndpoint: 50,
  timeoutMsMin: 1000,
  timeoutMsMax: 30_000,
  timeoutMsDefault: 15_000,
  /** Of an endpoint that runs a program or a handler: what takes events there may work for long. */
  runTimeoutMsMax: 3_600_000,
  runTimeoutMsDefault: 60_000,
  maxInFlightMax: 512,
  maxInFlightDefault: 64,
  /** Programs and handlers of one endpoint at once, where it does not say. */
  runsInFlightDefault: 8,
  disableAfterMsDefault: 5 * 24 * 3_600_000,

  /** Events of one request to an endpoint that takes batches, and their bytes; one event alone may have more. */
  eventsPerRequest: 512,
  requestBytes: 1024 * 1024,
  /** The longest that a first event may wait for others. */
  batchWaitMsMax: 10_000,
  /** Bytes of what a delivery by GET adds to the URL. */
  queryBytes: 8 * 1024,
  /** Characters of an event as a form or as XML. */
  formattedBytes: 8 * 1024 * 1024,

  /** Characters of a transform. */
  transformLength: 8192,
  /** Steps of its paths, such as the two of `data.a`: reading one path takes the square of them. */
  transformSteps: 1000,
  /** Time of the processor that a transform may take for one event. */
  transformMs: 50,
  /** A transform that has not ended after this long is ended with the thread that it runs in. */
  transformHangMs: 1000,
  /** Calls within each other, and items of one list that a transform makes. */
  transformCalls: 500,
  transformItems: 100_000,
  transformResultBytes: 512 * 1024,
  /** Characters of the sentence that says why a transform failed. */
  transformFailureLength: 300,
  /** Events that one dry run looks at. */
  dryRunEvents: 10,

  /** Characters of a user name, a password, a client's id, secret, scope and audience; and of a bearer token. */
  credentialLength: 1024,
  tokenLength: 8192,
  /** Characters of PEM: a certificate with those that lead to its authority; its key; the authorities to trust. */
  certificateLength: 32 * 1024,
  privateKeyLength: 16 * 1024,
  authoritiesLength: 128 * 1024,
  /** How long a token server may take to answer. */
  tokenTimeoutMs: 10_000,
  /** Tests of one endpoint at once, and then as many a minute. */
  testsPerMinute: 20,
  /** Tests and verifications of endpoints under way at once, in one process. */
  receiverChecks: 64,
  /** Of these, those of one tenant. */
  receiverChecksPerTenant: 16,

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
  /** Deliveries of an ordered endpoint that wait in memory for one before them, while it is on its way. */
  heldInMemory: 256,
  /** Parked deliveries of one endpoint beyond which its lane reads no further. */
  parkedPerEndpoint: 100_000,

  /** Of a command: its parts, and characters of a template and of a path. */
  commandArguments: 100,
  commandVariables: 100,
  commandFiles: 16,
  commandTemplateLength: 8192,
  commandPathLength: 4096,
  /** Bytes of one argument or variable that a template made, and of all of them: the system takes little more. */
  commandValueBytes: 128 * 1024 - 1,
  commandValuesBytes: 1024 * 1024,
  /** Bytes of output that are kept of one run of a program or handler: a quarter of its beginning, else of its end. */
  runOutputBytes: 32 * 1024,
  /** Characters of the sentence that says why a handler failed. */
  handlerFailureLength: 1000,
  /** Who follows the output of programs at once, in one process; and bytes that one may be behind. */
  outputReaders: 100,
  outputReaderBytes: 1024 * 1024,
  /** Folders and programs that the operator allows to be run. */
  allowedCommands: 100,

  listPageSize: 100,
  listPageSizeMax: 1000,

  /** Event types of the catalogue, and what each may hold. */
  eventTypes: 1000,
  versionsPerEventType: 20,
  /** Characters of the JSON of the whole catalogue: it is in memory, and in the OpenAPI document. */
  catalogueLength: 16 * 1024 * 1024,
  eventGroupLength: 64,
  /** Characters of the JSON of a schema of data, schemas within it, and how deep they are within each other. */
  schemaLength: 64 * 1024,
  schemaParts: 500,
  schemaDepth: 24,
  /** Characters of the JSON of an example of data. */
  exampleLength: 16 * 1024,
  /** Types of a map from types to true and false. */
  typesPerMap: 2000,
  /** Event types of which an endpoint wants a certain version. */
  pinnedVersions: 100,
  /** Events that a filter is tried on at once. */
  eventsPerFilterTest: 1000,
  eventsPerFilterTestDefault: 20,

  /** How long a request for a page may wait for an event. */
  waitSecondsMax: 60,
  /** Bytes of data of one page of events; it has one event at least. */
  pageBytes: 4 * 1024 * 1024,
  /** Events that one request looks at to find those that its filter takes. */
  scannedPerPage: 10_000,
  /** Characters of a filter expression, and parts of what it is made of. */
  filterLength: 2048,
  /** Characters of a text that events are searched for. */
  searchTextLength: 256,
  filterNodes: 500,
  typePatternsPerQuery: 100,
  /** Requests that wait for events at once, in one process. */
  waiters: 50_000,
  /** How long a stream of events lasts before the server ends it and the client resumes. */
  streamMsMax: 300_000,

  /** How many shards endpoints are spread over where many processes run them. */
  shards: 64,
  /** A process that is silent for so long has lost its shards. */
  shardLeaseMs: 10_000,
  processNameLength: 128,
  /** A request for what another process runs waits so long for one that does it; then it is not done at all. */
  requestTakenWithinMs: 10_000,
  /** Whoever does it says so again and again; silent for so long, it is taken for dead. */
  requestHeldMs: 10_000,
  /** From asking to the answer. */
  requestAnsweredWithinMs: 120_000,
  /** Bytes of such a request, and of what is answered. */
  forwardedRequestBytes: 320 * 1024,
  forwardedAnswerBytes: 1024 * 1024,
  /** Requests of one process that others do at once, and requests of others that one process does. */
  requestsAsked: 1000,
  requestsDone: 256,
  /** Of these, those of one tenant, and those of one endpoint: what its receiver is asked may take long. */
  requestsAskedPerTenant: 500,
  requestsDonePerTenant: 128,
  requestsDonePerEndpoint: 32,
  /** Bytes that they ask with; half of them for one tenant. */
  requestsAskedBytes: 16 * 1024 * 1024,

  consumersPerTenant: 1000,
  consumerNameLength: 64,
  leaseMsMin: 1000,
  leaseMsMax: 3_600_000,
  leaseMsDefault: 60_000,

  /** Keys of one tenant, and keys of none. */
  keysPerTenant: 1000,
  keyNameLength: 128,
  /** Links to the portal of one tenant that have not ended, and how long one may work. */
  portalLinksPerTenant: 1000,
  portalLinkAgeMsMin: 60_000,
  portalLinkAgeMsDefault: 3_600_000,
  portalLinkAgeMsMax: 30 * 24 * 3_600_000,
  portalNameLength: 64,
  portalLogoLength: 64 * 1024,
  /** How long the text that a key had before it was rotated may go on working. */
  keyGraceMsMax: 30 * 24 * 3_600_000,

  /** Replays that have not ended; and those that have, which are remembered. */
  replaysActive: 100,
  replaysKept: 1000,
  /** Attempts of one replay in flight. */
  replayInFlight: 8,

  /** Sources of one tenant. */
  sourcesPerTenant: 1000,
  sourceNameLength: 64,
  /** Secrets of one source that have not expired, and characters of each: a public key, or a certificate, is long. */
  secretsPerSource: 10,
  sourceSecretLength: 8192,
  addressesPerSource: 1000,
  /** Settings of a preset, and characters of each. */
  schemeSettings: 20,
  schemeSettingLength: 1024,
  /** Characters of what a provider is answered, and of its media type. */
  sourceAnswerLength: 4096,
  contentTypeLength: 128,
  sourceRatePerSecondMax: 100_000,
  /** Bins of one tenant, and how long they last. */
  binsPerTenant: 200,
  binAgeMsMin: 60_000,
  binAgeMsDefault: 7 * 24 * 3_600_000,
  binAgeMsMax: 30 * 24 * 3_600_000,
  /** How long one that has expired is remembered, so that whoever sends to it is told. */
  binRemembersMs: 24 * 3_600_000,
  /** What one bin takes in all: requests, and their bytes; and requests a second, and at once. */
  binRequests: 10_000,
  binBytes: 256 * 1024 * 1024,
  binRequestsPerSecond: 50,
  binRequestsBurst: 200,
  binBodyBytes: 10 * 1024 * 1024,
  /** Answers of one sequence, how often one is given, and characters of the bodies of all. */
  binAnswers: 20,
  binAnswerTimes: 10_000,
  binAnswerHeaders: 32,
  binAnswersLength: 64 * 1024,
  /** How long an answer may be held back; and how many are at once, in one process and of one bin. */
  binDelayMsMax: 30_000,
  binAnswersHeld: 1000,
  binAnswersHeldPerBin: 100,
  /** Notes on requests of one bin, characters of each, and requests that are hidden one by one. */
  binNotes: 200,
  binNoteLength: 1000,
  binHidden: 1000,
  /** Requests of one page, and bytes of a body that is shown where nobody says how much. */
  binPageSize: 50,
  binPageSizeMax: 200,
  binShownBodyBytes: 256 * 1024,
  /** Characters that requests are searched for. */
  binSearchLength: 200,
  /** Requests of one bin that are forwarded in a row, and then as many a minute. */
  binForwardsPerMinute: 60,
  /** Requests of bins that are forwarded at once, in one process; of one bin a quarter of them. */
  binForwards: 32,
  /** Bins whose requests are counted in memory, in one process. */
  binsCounted: 1000,
  /** Bytes of one received request's body: what a source takes by default, and may be set to take. */
  receivedBodyBytesDefault: 1024 * 1024,
  receivedBodyBytesMax: 25 * 1024 * 1024,
  /** Signatures of one request that are looked at: a provider sends one for each of its secrets. */
  signaturesPerRequest: 10,
  /** Characters of what a provider calls a delivery, and of its word for what happened. */
  deliveryIdLength: 256,
  providerTypeLength: 128,
  /** Receipts kept of each source, and bytes of all. */
  receiptsPerSource: 1000,
  receiptBytes: 64 * 1024 * 1024,
  /** Receipts of one page: each has its request with it. */
  receiptPageSize: 50,
  receiptPageSizeMax: 100,
  /** Bytes of a body that a receipt keeps; and where one source writes more such bodies than so many a second. */
  receiptBodyBytes: 64 * 1024,
  receiptShortBodyBytes: 4 * 1024,
  receiptBodiesPerSecond: 1,
  receiptBodiesBurst: 10,
  /** Diagnoses of receipts that wait for each other; and secrets of other sources that each tries. */
  diagnosesWaiting: 16,
  diagnosesWaitingPerTenant: 4,
  diagnosisSecrets: 100,
  /** Fields of a received form, and parts of a multipart body: one that has more is kept as text. */
  receivedFields: 10_000,
  receivedParts: 1000,
  /** Characters of XML that is read, and how many of them begin a tag, a value or an entity; more is kept as text. */
  receivedXmlLength: 1024 * 1024,
  receivedXmlMarks: 20_000,
  /** Requests being received at once, and their bytes in memory; one source may have half of either. */
  receivingRequests: 4096,
  receivingBytes: 128 * 1024 * 1024,
  /** Receipts written a second, of one source and of all; what comes beyond it is counted only. */
  receiptsPerSecond: 20,
  receiptsPerSecondOfAll: 100,
  /** Buckets of one answer of statistics, and groups that stand alone in it. */
  statisticsBuckets: 500,
  statisticsGroups: 20,
} as const;
