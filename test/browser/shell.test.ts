/** What is around every page of the dashboard, in a real browser. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { assertAccessible, assertFits } from "./a-browser.ts";
import { aDashboard } from "./a-dashboard.ts";

const places = ["Overview", "Events", "Endpoints", "Consumers", "Sources", "Bins", "Settings"];

describe("the dashboard", () => {
  const dashboard = aDashboard();

  for (const theme of ["light", "dark"] as const) {
    it(`has every page in reach of the keyboard and of those who listen, on a phone as well: ${theme}`, async (context) => {
      const { page, assertQuiet } = await dashboard.open(context, { theme, width: 375 });
      for (const place of places) {
        await page.getByRole("link", { name: place, exact: true }).click();
        await page.getByRole("heading", { level: 1, name: place }).waitFor();
        await assertFits(page);
        await assertAccessible(page);
      }
      assertQuiet();
    });
  }

  it("is one document, that takes no script, style or frame from elsewhere", async () => {
    const response = await fetch(`${dashboard.server.url}/events/evt_1`);
    assert.equal(response.status, 200);
    const policy = response.headers.get("content-security-policy") ?? "";
    assert.match(policy, /default-src 'none'; script-src 'self'; style-src 'self';/);
    assert.match(policy, /frame-ancestors 'none'/);
    assert.doesNotMatch(policy, /unsafe|https?:|\*/);
    assert.doesNotMatch(await response.text(), /<style|<script(?![^>]* src=)|https?:\/\//);
  });

  it("has its files compressed, by their names for ever, and nothing else of the disk", async () => {
    const { url } = dashboard.server;
    const document = await (await fetch(url)).text();
    const script = /src="(\/assets\/[^"]+\.js)"/.exec(document)?.[1] ?? "";
    for (const coding of ["br", "gzip"]) {
      const answer = await fetch(url + script, { headers: { "accept-encoding": coding } });
      assert.deepEqual(
        [answer.status, answer.headers.get("content-encoding"), answer.headers.get("cache-control")],
        [200, coding, "public, max-age=31536000, immutable"],
      );
      assert.match(await answer.text(), /import|function/);
    }
    for (const path of ["/assets/..%2f..%2f..%2fpackage.json", "/assets/none.js", "/assets/%00", "/index.html.br"]) {
      const answer = await fetch(url + path);
      assert.deepEqual(
        [answer.status, answer.headers.get("cache-control")?.includes("immutable") ?? false],
        [404, false],
      );
    }
  });

  it("says so where a page is of a version that the server no longer has, and shows the others", async (context) => {
    const { page } = await dashboard.open(context);
    await page.route("**/assets/sources-page-*.js", (route) => route.fulfill({ status: 404, body: "" }));
    await page.getByRole("link", { name: "Sources", exact: true }).click();
    await page.getByText("This page is of an earlier version").waitFor();
    await page.getByRole("button", { name: "Load again" }).waitFor();
    await page.getByRole("link", { name: "Endpoints", exact: true }).click();
    await page.getByRole("heading", { level: 1, name: "Endpoints" }).waitFor();
  });

  it("loads with less than 200 kB", async (context) => {
    const { page } = await dashboard.open(context);
    await page.getByRole("heading", { level: 1 }).waitFor();
    await page.waitForLoadState("networkidle");
    const bytes = await page.evaluate(() =>
      performance
        .getEntriesByType("resource")
        .filter(({ name }) => !name.includes("/v1/"))
        .reduce((sum, entry) => sum + (entry as PerformanceResourceTiming).transferSize, 0),
    );
    assert.ok(bytes > 10_000 && bytes < 200_000, `${bytes} bytes`);
  });
});
