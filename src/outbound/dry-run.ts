/** Shows what an endpoint would be sent of events that are in the log, and sends nothing. */
import { type Endpoint, endpointDefaults } from "../core/endpoint.ts";
import type { StoredEvent } from "../core/event.ts";
import { typeFilter } from "../core/filter.ts";
import { limits } from "../core/limits.ts";
import type { EventLog } from "../log/event-log.ts";
import type { Matching } from "../registry/matching.ts";
import { checkPayload } from "../registry/payload-check.ts";
import { FilterTime } from "./filter-time.ts";
import type { HttpKind } from "./http-kind.ts";
import { failureOf } from "./payload/preparation.ts";
import type { Preview } from "./payload/preview.ts";

export interface DryRun {
  readonly event: StoredEvent;
  /** Null where the transform leaves the event out. */
  readonly outcome: Preview | null | ReturnType<typeof failureOf>;
}

export interface DryRunsOptions {
  readonly kind: Pick<HttpKind, "preview">;
  readonly events: Pick<EventLog, "bounds" | "readBack">;
  readonly matching: Pick<Matching, "takes">;
  readonly publicUrl: string | null;
}

type Change = Partial<Pick<Endpoint, "transform" | "format" | "types">>;

/** Stands for a URL that nobody has given yet. */
const draftUrl = "https://example.com/";
/** Of one that is not made yet. */
const draftNumber = -1;

export class DryRuns {
  readonly #options: DryRunsOptions;

  constructor(options: DryRunsOptions) {
    this.#options = options;
  }

  /** The endpoint as it would be, refused where it could not be changed so. */
  changed(endpoint: Endpoint, change: Change): Endpoint {
    const after = { ...endpoint, ...change };
    checkPayload(after, change, this.#options.publicUrl);
    return after;
  }

  /** One that is not made yet, with defaults, and without a signature; refused where it could not be made so. */
  draft(tenant: string, change: Change): Endpoint {
    const endpoint: Endpoint = {
      ...endpointDefaults,
      id: "",
      number: draftNumber,
      tenant,
      url: draftUrl,
      signing: { scheme: "none" },
      secrets: [],
      status: "enabled",
      disabledReason: null,
      createdAtMs: 0,
      updatedAtMs: 0,
    };
    return this.changed(endpoint, change);
  }

  /** `endpoint` may be one as it would be after a change, or before it is made. */
  async run(endpoint: Endpoint, event: StoredEvent): Promise<DryRun> {
    try {
      return { event, outcome: await this.#options.kind.preview(endpoint, event) };
    } catch (error) {
      return { event, outcome: failureOf(error) };
    }
  }

  /** The newest events that the endpoint takes, newest first, of those that one request looks at. */
  async newest(endpoint: Endpoint, count: number): Promise<StoredEvent[]> {
    const { tenant } = endpoint;
    const { events: log, matching } = this.#options;
    const found: StoredEvent[] = [];
    const time = new FilterTime();
    const takesType = typeFilter(endpoint.types);
    const isDraft = endpoint.number === draftNumber;
    const takes = (event: StoredEvent): boolean => (isDraft ? takesType(event.type) : matching.takes(endpoint, event));
    let before = log.bounds().head + 1;
    const lowest = before - limits.scannedPerPage;
    while (found.length < count && before > lowest && before > 1) {
      const query = { before, limit: limits.listPageSizeMax, bytesMax: limits.pageBytes, tenant };
      const { events, through } = await log.readBack(query);
      for (const event of events) {
        if (time.isSpent) await time.pause();
        if (found.length < count && time.ask(event, () => takes(event))) found.push(event);
      }
      if (events.length === 0) break;
      before = through;
    }
    return found.slice(0, count);
  }
}
