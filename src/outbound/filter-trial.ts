/** Tries a filter on the newest events of a tenant, for whoever writes it. */
import type { StoredEvent } from "../core/event.ts";
import type { TypeFilter } from "../core/filter.ts";
import { limits } from "../core/limits.ts";
import type { EventLog } from "../log/event-log.ts";
import { readExpression, type Verdict } from "../registry/expression/expression.ts";
import { FilterTime } from "./filter-time.ts";

const pageEvents = 500;

export interface Judged {
  readonly event: Pick<StoredEvent, "id" | "type" | "position">;
  readonly verdict: Verdict;
}

export class FilterTrial {
  readonly #events: EventLog;

  constructor(events: EventLog) {
    this.#events = events;
  }

  /** Newest first; of as many positions as one request looks at. Refuses with `filter-invalid`. */
  async judge(
    filter: string,
    range: { readonly tenant: string; readonly takesType: TypeFilter; readonly last: number },
  ): Promise<Judged[]> {
    const { tenant, takesType, last } = range;
    const expression = readExpression(filter);
    const time = new FilterTime();
    const judged: Judged[] = [];
    let before = this.#events.bounds().head + 1;
    for (let looked = 0; looked < limits.scannedPerPage; ) {
      const query = { before, limit: Math.min(pageEvents, limits.scannedPerPage - looked), tenant };
      const page = await this.#events.readBack({ ...query, bytesMax: limits.pageBytes });
      for (const event of page.events) {
        if (!takesType(event.type)) continue;
        const { id, type, position } = event;
        judged.push({ event: { id, type, position }, verdict: time.ask(event, () => expression.judge(event)) });
        if (judged.length === last) return judged;
        if (time.isSpent) await time.pause();
      }
      if (page.events.length === 0) break;
      looked += page.events.length;
      before = page.through;
    }
    return judged;
  }
}
