/** The page of events of a tenant of its own, for tests of it. */
import assert from "node:assert/strict";
import type { TestContext } from "node:test";
import type { Page } from "playwright-core";
import type { Opened, PageOptions } from "./a-browser.ts";
import type { Dashboard } from "./a-dashboard.ts";

export interface EventsPage extends Opened {
  readonly tenant: string;
  /** Publishes one event of the tenant, and answers its id. */
  publish(members: object): Promise<string>;
}

let tenants = 0;

export async function anEventsPage(
  dashboard: Dashboard,
  context: Pick<TestContext, "after">,
  options: Partial<PageOptions> & {
    readonly path?: string;
    readonly before?: (page: EventsPage) => Promise<unknown>;
  } = {},
): Promise<EventsPage> {
  const { path = "/events", before, ...rest } = options;
  tenants += 1;
  const tenant = `tenant-${tenants}`;
  const opened = await dashboard.open(context, rest);
  const events: EventsPage = {
    ...opened,
    tenant,
    publish: async (members) => {
      const answer = await dashboard.ask("POST /v1/events", {
        body: { tenant, type: "order.paid", data: {}, ...members },
      });
      assert.equal(answer.status, 201, answer.text);
      return answer.body.id;
    },
  };
  await before?.(events);
  await opened.page.evaluate((name) => sessionStorage.setItem("trotline.tenant", name), tenant);
  await opened.page.goto(`${dashboard.server.url}${path}`);
  await opened.page.getByRole("heading", { level: 1 }).waitFor();
  return events;
}

export const rowOf = (page: Page, text: string) => page.getByRole("row").filter({ hasText: text });

/** The types or subjects of the rows that are shown, from the top. */
export const shownIn = (page: Page, column: number): Promise<string[]> =>
  page
    .getByRole("table", { name: "Events" })
    .getByRole("row")
    .evaluateAll(
      (rows, at) =>
        rows
          .slice(1)
          .sort((one, other) => Number(one.ariaRowIndex) - Number(other.ariaRowIndex))
          .map((row) => row.children[at]?.textContent ?? ""),
      column,
    );
