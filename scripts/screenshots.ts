/** `npm run screenshots`: every page of the dashboard, in both themes, written to `docs/screenshots/`. */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { aBrowser, openPage } from "../test/browser/a-browser.ts";
import { type SampleDay, startSampleDay } from "./sample-day.ts";

const folder = join(import.meta.dirname, "../docs/screenshots");

const pages = ({ endpointId, eventId, binId }: SampleDay): Readonly<Record<string, string>> => ({
  overview: "/",
  events: "/events",
  event: `/events/${eventId}`,
  endpoints: "/endpoints",
  endpoint: `/endpoints/${endpointId}`,
  "endpoint-new": "/endpoints/new",
  consumers: "/consumers",
  consumer: "/consumers/search-index",
  sources: "/sources",
  source: "/sources/github",
  bins: "/bins",
  bin: `/bins/${binId}`,
  settings: "/settings",
});

const restMs = 1200;
const ends: (() => unknown)[] = [];
const context = { after: (end?: unknown) => void ends.push(end as () => unknown) };
mkdirSync(folder, { recursive: true });
try {
  const day = await startSampleDay();
  ends.push(() => day.close());
  const browser = await aBrowser(context);
  const wanted = process.argv.slice(2);
  for (const theme of ["light", "dark"] as const) {
    const { page } = await openPage(browser, context, { url: day.url, key: day.key, theme, height: 860 });
    for (const [name, path] of Object.entries(pages(day))) {
      if (wanted.length > 0 && !wanted.includes(name)) continue;
      await page.goto(day.url + path);
      await page.getByRole("heading", { level: 1 }).first().waitFor();
      // Pages that follow what comes never rest; what they first show is there within a moment.
      await page.waitForTimeout(restMs);
      if (name === "bin") await page.getByRole("row", { name: "/orders" }).click();
      await page.waitForTimeout(name === "bin" ? restMs : 0);
      await page.screenshot({ path: join(folder, `${name}-${theme}.png`) });
      console.log(`docs/screenshots/${name}-${theme}.png`);
    }
  }
} finally {
  for (const end of ends.reverse()) await end();
}
