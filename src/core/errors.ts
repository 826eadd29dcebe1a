/**
 * The catalogue of errors. A code is stable: programs may depend on it. `status` is the HTTP status, or null for an
 * error that stops the program before it serves. `retryable` says whether the same request may succeed later.
 * `advice` says what to do. `docs/errors.md` is made from this table.
 *
 * Longer than most files: it is one table, a line or a few for each error; divided, no part would be complete.
 */
interface CatalogueEntry {
  readonly status: number | null;
  readonly retryable: boolean;
  readonly title: string;
  readonly advice: string;
}

export const errorCatalogue = {
  "invalid-json": entry(400, "The body is not JSON", "Send one JSON value; `detail` says where reading stopped."),
  "invalid-utf8": entry(400, "The body is not UTF-8", "Encode the text as UTF-8."),
  "empty-body": entry(400, "The body is empty", "Send a JSON object with `content-type: application/json`."),
  "invalid-body": entry(400, "The body does not fit", "Correct the member that `field` names and send it again."),
  "unknown-field": entry(400, "The body has an unknown member", "Remove or rename the member that `field` names."),
  "duplicate-field": entry(400, "The body names a member twice", "Send each member once."),
  "invalid-query": entry(400, "The query does not fit", "Correct the parameter that `field` names."),
  "statistics-range-refused": entry(
    400,
    "The range of statistics cannot be answered",
    "Ask for another `from`, `to` or `bucket`; `detail` says what is wrong.",
  ),
  "data-too-deep": entry(400, "`data` is nested too deep", "Flatten it; `detail` gives the limit."),
  "url-refused": entry(
    400,
    "The URL cannot be an endpoint",
    "Use a public https URL, or allow its address with `allow-addresses`.",
  ),
  "tls-invalid": entry(
    400,
    "The TLS material cannot be used",
    "Send PEM: `certificate` and `key` that are a pair and in date, `ca` the certificates to trust.",
  ),
  "program-refused": entry(
    400,
    "The program cannot be run",
    "Name an executable file that is there, by its absolute path, or by its name in an allowed folder.",
  ),
  "handler-unknown": entry(
    400,
    "There is no such handler",
    "Register it where the app is made, with `handlers`, under the name that the endpoint gives.",
  ),
  "endpoint-unverified": entry(
    400,
    "The receiver did not agree to be an endpoint",
    "Have it answer as docs/receivers.md says, or set `verification` to `none`; nothing was stored.",
  ),
  "header-refused": entry(
    400,
    "The header cannot be set",
    "Choose another name; Trotline and HTTP itself own this one.",
  ),
  "secret-invalid": entry(
    400,
    "The secret does not fit",
    "Use what `detail` says that the scheme takes, or omit it to have one made.",
  ),
  "source-secret-missing": entry(
    400,
    "The source cannot verify anything",
    "Give the secret that `detail` speaks of, or make the source with `status` `paused` and add the secret later.",
  ),
  "schedule-too-long": entry(
    400,
    "The retry schedule outlasts retention",
    "Shorten the schedule, or keep events longer with `retention-age`.",
  ),
  "invalid-idempotency-key": entry(
    400,
    "The Idempotency-Key does not fit",
    "Send 1 to 255 printable ASCII characters, and not with NDJSON.",
  ),
  "cursor-invalid": entry(
    400,
    "That is not a cursor",
    "Use a cursor from this server, an event id, `earliest`, `latest`, or `time:` and an RFC 3339 time.",
  ),
  "filter-invalid": entry(
    400,
    "The filter is not an expression that can be used",
    "Correct it at the line and column that `detail` names.",
  ),
  "transform-invalid": entry(
    400,
    "The transform is not an expression that can be used",
    "Correct it at the line and column that `detail` names; it is JSONata.",
  ),
  "public-url-missing": entry(
    400,
    "Events cannot be fetched from here",
    "Start the server with `public-url`, the address at which receivers reach it, or use another format.",
  ),
  "not-acceptable": entry(
    406,
    "No such form of the answer",
    "Accept `application/json`, `text/event-stream`, `application/x-ndjson` or `application/cloudevents-batch+json`.",
  ),
  "data-invalid": entry(
    400,
    "The data do not fit the schema of their type",
    "Correct the member that `field` names; the catalogue of event types has the schema.",
  ),
  "version-unknown": entry(
    400,
    "The catalogue does not know the version",
    "Name a version that the event type has, or add it with PUT /v1/event-types/{name}.",
  ),
  "event-type-invalid": entry(
    400,
    "The event type does not fit",
    "Correct the member that `field` names and send it again.",
  ),
  "consumer-name-invalid": entry(
    400,
    "The consumer's name does not fit",
    "Use 1 to 64 letters, digits and - _ . : , beginning with a letter or digit.",
  ),
  unauthenticated: entry(401, "No valid key", "Send `Authorization: Bearer <key>` with a key of this server."),
  forbidden: entry(403, "The key may not do this", "Use a key with the scope that `detail` names."),
  "origin-refused": entry(
    403,
    "A page of another site asks",
    "A session is for this server's own pages; elsewhere send `Authorization: Bearer <key>`.",
  ),
  "commands-not-allowed": entry(
    403,
    "The operator does not allow this program",
    "Start the server with `allow-commands` and the program's path, or the folder that it is in.",
  ),
  "tenant-refused": entry(
    403,
    "The key is of another tenant",
    "Leave out a tenant that you named, or use a key that is of that tenant or of none.",
  ),
  "key-beyond-own": entry(
    403,
    "The key would have more than its maker",
    "Ask for no other tenant and no longer life than your own key has.",
  ),
  "route-not-found": entry(404, "No such address", "See /openapi.json for the addresses there are."),
  "event-not-found": entry(
    404,
    "No such event",
    "Check the id and the tenant; it may also have left the log by retention.",
  ),
  "endpoint-not-found": entry(404, "No such endpoint", "List endpoints to see their ids."),
  "source-untestable": entry(
    409,
    "The source cannot be sent a test",
    "Have its provider send one; `trotline trigger` plays it with keys of its own.",
  ),
  "source-not-found": entry(404, "No such source", "List sources to see their names and ids."),
  "bin-not-found": entry(404, "No such bin", "List bins to see their ids; those that have expired are gone."),
  "bin-request-not-found": entry(
    404,
    "The bin has no such request",
    "List its requests to see their ids; those that were deleted are shown no more.",
  ),
  "secret-not-found": entry(404, "The source has no such secret", "Read its secrets to see their ids."),
  "receipt-not-found": entry(
    404,
    "No such receipt",
    "List the receipts of the source; the oldest leave when there are many.",
  ),
  "request-not-found": entry(
    404,
    "The event came without a request",
    "Only an event that a source received has one; this one was published.",
  ),
  "consumer-not-found": entry(
    404,
    "No such consumer",
    "Create it with PUT /v1/consumers/{name}; list them to see all.",
  ),
  "event-type-not-found": entry(
    404,
    "The catalogue has no such event type",
    "List event types to see their names; one that is not in the catalogue can be published all the same.",
  ),
  "replay-not-found": entry(404, "No such replay", "List replays to see their ids; old ones are forgotten."),
  "key-not-found": entry(404, "No such key", "List keys to see their ids."),
  "attempt-not-found": entry(404, "No such attempt", "List attempts to see their ids; old ones leave by retention."),
  "method-not-allowed": entry(405, "The address does not take this method", "`allow` names the methods that it takes."),
  "request-timeout": entry(408, "The body did not arrive in time", "Send it again, faster or in smaller parts.", true),
  "event-id-conflict": entry(
    409,
    "The id is taken by another event",
    "Use a new id, or send the content as it was the first time.",
  ),
  "idempotency-in-progress": entry(
    409,
    "The first request with this key is still running",
    "Wait, then send it again.",
    true,
  ),
  "secret-limit": entry(
    409,
    "As many secrets are in use as may be",
    "Wait until one has ended, or give the others a shorter `grace_ms`: 0 ends all but the new one.",
  ),
  "delivery-settled": entry(409, "The delivery is settled already", "Nothing waits for it; there is nothing to skip."),
  "delivery-ahead": entry(
    409,
    "The endpoint has not come to this delivery",
    "Skip what stands before it first, or move the cursor of the endpoint.",
  ),
  "source-exists": entry(409, "The name is taken by another source", "Choose another name, or change that source."),
  "source-limit": entry(409, "The tenant has as many sources as it may", "Delete one first."),
  "bin-limit": entry(409, "The tenant has as many bins as it may", "Delete one first; others expire by themselves."),
  "forward-refused": entry(
    409,
    "The request cannot be forwarded",
    "Its method, or one of its headers, is none that is sent on; download the body, and send it yourself.",
  ),
  "bin-marks-limit": entry(
    409,
    "The bin has as many notes or hidden requests as it may",
    "Delete a note, or clear the bin of all its requests.",
  ),
  "output-none": entry(
    409,
    "The endpoint runs nothing that could write",
    "Follow an endpoint of the kind `command` or `handler`; what a URL answered is in the attempts.",
  ),
  "endpoint-limit": entry(409, "The tenant has as many endpoints as it may", "Delete one first."),
  "event-type-limit": entry(
    409,
    "The catalogue holds as much as it may",
    "Delete event types or versions first, or make their schemas and examples shorter.",
  ),
  "event-type-in-use": entry(
    409,
    "An endpoint wants a version of the event type",
    "Keep the version, or take it out of the endpoint's `versions` first.",
  ),
  "consumer-limit": entry(409, "The tenant has as many consumers as it may", "Delete one first."),
  "key-limit": entry(409, "There are as many keys as may be", "Delete one that is no longer used first."),
  "key-last-admin": entry(409, "It is the last key that manages keys", "Make another admin key of no tenant first."),
  "key-expired": entry(409, "The key has expired", "Make a new one, and delete this one."),
  "lease-held": entry(
    409,
    "Another client reads as this consumer",
    "Wait until its lease ends (`Retry-After`), or read as a consumer of another name.",
    true,
  ),
  "lease-stale": entry(
    409,
    "The lease is no longer yours",
    "Fetch again for a new lease; what was not acknowledged is answered again.",
  ),
  "ack-backwards": entry(
    409,
    "The cursor is behind what was acknowledged",
    "Acknowledge forward only; to read again, seek.",
  ),
  "ack-beyond-fetched": entry(
    409,
    "The cursor is beyond what was fetched",
    "Acknowledge a cursor that a fetch under this lease answered.",
  ),
  "replay-limit": entry(409, "As many replays run as may", "Wait until one has ended, or cancel one."),
  "replay-ended": entry(409, "The replay has ended", "Start another one."),
  "too-many-waiting": entry(
    503,
    "As many requests wait for events as may",
    "Send it again after the seconds in `Retry-After`, or use more processes.",
    true,
  ),
  "cursor-forked": entry(409, "The cursor is from a log that was replaced", "Resume from the cursor in `resume`."),
  "cursor-expired": entry(
    410,
    "The cursor is older than retention",
    "Resume from the cursor in `resume`; `lost` counts what is gone.",
  ),
  "bin-expired": entry(410, "The bin has expired", "Make another one, and send there."),
  "bin-full": entry(410, "The bin has taken as much as it may", "Make another one, and send there."),
  "body-too-large": entry(
    413,
    "The body is too large",
    "Send less at once; `detail` gives the limit. NDJSON has no limit as a whole.",
  ),
  "event-too-large": entry(
    413,
    "An event is too large",
    "Send a reference in place of the content; `detail` gives the limit.",
  ),
  "batch-too-large": entry(413, "The batch has too many events", "Divide it, or stream NDJSON."),
  "unsupported-media-type": entry(
    415,
    "The content type is not taken",
    "Send `application/json`, or `application/x-ndjson` to publish a stream.",
  ),
  "verification-failed": entry(
    401,
    "The request was not verified",
    "Sign it as the source's scheme does, with a secret that the source has; its receipts say more.",
  ),
  "body-unparsable": entry(
    400,
    "The body has not the form that the source's scheme reads",
    "Send it as the provider does; the source's receipts say more.",
  ),
  "address-not-allowed": entry(
    403,
    "The source takes nothing from this address",
    "Send from an address that the source's `allow_addresses` names; behind a proxy, set `trusted-proxies`.",
  ),
  "rate-limited": entry(
    429,
    "The source has taken as many requests as it may",
    "Send it again after the seconds in `Retry-After`.",
    true,
  ),
  "source-paused": entry(
    503,
    "The source is paused",
    "Send it again later; its owner has stopped it for a while.",
    true,
  ),
  "provider-unavailable": entry(
    503,
    "What verifies the request could not be fetched",
    "Send it again after the seconds in `Retry-After`.",
    true,
  ),
  "host-refused": entry(
    421,
    "The request is not for this server",
    "Without keys only programs of this machine are served: ask for `localhost`.",
  ),
  "idempotency-mismatch": entry(422, "The key was used with another body", "Use a new key for a new request."),
  "too-many-guesses": entry(
    429,
    "Somebody signed in too often with what is no key",
    "Wait for the seconds in `Retry-After`, then sign in with a key of this server.",
    true,
  ),
  "too-many-checks": entry(
    429,
    "As many tests or verifications as may be",
    "Send it again after the seconds in `Retry-After`.",
    true,
  ),
  "body-already-read": entry(
    500,
    "The body was read before the receiver could",
    "Put the receiver before `express.json()` and whatever else reads bodies: signatures are made over their bytes.",
    true,
  ),
  internal: entry(500, "Something went wrong in Trotline", "Report it with the `request_id`.", true),
  "store-unavailable": entry(
    503,
    "The store cannot be written",
    "Send it again after the seconds in `Retry-After`.",
    true,
  ),
  "store-full": entry(
    503,
    "The store is full",
    "Free space or raise its limit; senders: again after `Retry-After`.",
    true,
  ),
  "store-forked": entry(
    503,
    "The log is not the one that it was",
    "Send it again: after a restore or a failover that lost events a server opens its store anew by itself.",
    true,
  ),
  overloaded: entry(503, "Too much is waiting to be stored", "Send it again after the seconds in `Retry-After`.", true),
  "shutting-down": entry(
    503,
    "The server is stopping",
    "Send it again; another process or the next start takes it.",
    true,
  ),

  "role-elsewhere": entry(
    404,
    "This process does not answer that",
    "Send it to a process whose `roles` have what `detail` names, or correct what routes requests to processes.",
  ),
  "shard-elsewhere": entry(
    503,
    "Another process runs this endpoint",
    "Send it again after the seconds in `Retry-After`, or to the process that runs the endpoint.",
    true,
  ),
  "request-unanswered": entry(
    504,
    "The process that runs the endpoint did not answer",
    "It may have been done: look at what became of it, and send it again if it is still to be done.",
  ),
  "change-contended": entry(
    503,
    "Others change the same all the time",
    "Nothing was changed. Send it again after the seconds in `Retry-After`.",
    true,
  ),
  "shards-lost": entry(
    503,
    "Another process took the endpoint over meanwhile",
    "Look at what became of it, and send it again if it is still to be done.",
    true,
  ),

  "config-unknown-key": startup("An option is unknown", "Correct its name; `trotline serve --help` lists all."),
  "config-invalid-value": startup(
    "An option's value does not fit",
    "Give it a value that it takes; `trotline serve --help` lists them.",
  ),
  "config-unreadable": startup("The configuration file cannot be read", "Check its path, rights and syntax."),
  "bind-unauthenticated": startup(
    "Refused to listen beyond loopback without keys",
    "Remove `auth: none`, or listen on 127.0.0.1.",
  ),
  "port-taken": startup(
    "The port is taken",
    "Stop the other program, or choose another with `--port` (0 picks a free one).",
  ),
  "address-unavailable": startup(
    "The address cannot be listened on",
    "Choose an address of this machine with `--host`.",
  ),
  "store-locked": startup(
    "The store belongs to another process",
    "Stop that process, or give this one another `--data` or `--store`.",
  ),
  "store-unreachable": startup(
    "The database cannot be reached",
    "Check that it runs, and the hosts, ports and `sslmode` of `store`.",
  ),
  "store-refused": startup(
    "The database does not let this user in, or not to do what is needed",
    "Check user, password and database of `store`; docs/postgres.md says which privileges the user needs.",
  ),
  "store-unfit": startup(
    "The database cannot hold a store",
    "Use PostgreSQL 14 or later, and its primary; `detail` says what is missing.",
  ),
  "store-unwritable": startup("The store cannot be written", "Check that the folder exists and may be written."),
  "store-newer": startup("The store was written by a newer Trotline", "Run that version or a later one."),
  "store-corrupt": startup("The store is damaged", "Restore a backup; the file is left as it is."),
  "store-outdated": startup(
    "The store was written by an older Trotline",
    "Start this version on it once, which brings it up to date, and stop it.",
  ),
  "store-missing": startup("There is no store at this place", "Check the path: it is what `--data` of its server is."),
  "store-not-empty": startup(
    "The store to move to is not empty",
    "Move to a new database, or drop the schema `trotline` of this one if nothing in it is needed.",
  ),
  "store-moving": startup(
    "A move into the store is not finished",
    "Finish it: run the same `trotline move` again; `detail` says since when it runs.",
  ),
  "store-lost": startup(
    "Another process has taken the move over",
    "Let that one end, and give the same command again where it did not finish.",
  ),
  "move-changed": startup(
    "The store was opened since the move of it began",
    "Move it from the beginning with `--restart`, which removes what was copied so far.",
  ),
  "move-differs": startup(
    "The copy is not like the store",
    "Keep the store that was to be moved, and move it from the beginning with `--restart`.",
  ),
  "store-not-durable": startup(
    "The store does not keep what it is told to",
    "Put the file on a local disk with working locks and fsync; in PostgreSQL, turn on what `detail` names.",
  ),
  "retention-too-short": startup(
    "Retention is shorter than the retry schedule",
    "Keep events longer with `retention-age`; `detail` says how long the default schedule lasts.",
  ),
} as const satisfies Record<string, CatalogueEntry>;

export type ErrorCode = keyof typeof errorCatalogue;

/** More to say about one error: which member or parameter, and what the catalogue promises for the code. */
export interface ErrorExtras {
  readonly field?: string;
  readonly retryAfterSeconds?: number;
  /** One entry for each item of a batch that was refused. */
  readonly errors?: readonly {
    readonly index: number;
    readonly code: ErrorCode;
    readonly detail: string;
    readonly field?: string;
  }[];
  /** A cursor to go on from. */
  readonly resume?: string;
  readonly lost?: number;
  readonly allow?: string;
  /** What is left of a quota, and how long until there is more. */
  readonly quota?: { readonly limit: number; readonly remaining: number; readonly resetSeconds: number };
}

/** An error that a user meets: a code of the catalogue and a sentence about this very case. */
export class TrotlineError extends Error {
  override readonly name = "TrotlineError";
  readonly code: ErrorCode;
  readonly extras: ErrorExtras;

  constructor(code: ErrorCode, detail: string, extras: ErrorExtras & { cause?: unknown } = {}) {
    const { cause, ...rest } = extras;
    super(detail, cause === undefined ? undefined : { cause });
    this.code = code;
    this.extras = rest;
  }
}

function entry(status: number, title: string, advice: string, retryable = false): CatalogueEntry {
  return { status, retryable, title, advice };
}

function startup(title: string, advice: string): CatalogueEntry {
  return { status: null, retryable: false, title, advice };
}
