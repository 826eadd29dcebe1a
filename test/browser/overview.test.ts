/** The first page, on deliveries that the test made. */
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { eventually } from "../../src/testing/eventually.ts";
import { startTestReceiver, type TestReceiver } from "../../src/testing/test-receiver.ts";
import { assertAccessible, assertFits } from "./a-browser.ts";
import { aDashboard } from "./a-dashboard.ts";

describe("the overview", () => {
  const dashboard = aDashboard();
  let good: TestReceiver;
  let bad: TestReceiver;
  const ids = { good: "", bad: "" };

  /** Of two endpoints one takes what it is sent; the other answers 503, and is disabled by an answer of 410. */
  before(async () => {
    [good, bad] = await Promise.all([startTestReceiver(), startTestReceiver()]);
    bad.answer(503);
  });

  after(() => Promise.all([good.close(), bad.close()]));

  const endpoint = async (url: string, description: string): Promise<string> =>
    (await dashboard.ask("POST /v1/endpoints", { body: { url, description, retry_delays_ms: [600_000] } })).body.id;

  const counted = (attempts: number): Promise<unknown> =>
    eventually(`${attempts} attempts are counted`, async () => {
      await dashboard.server.app.observing.roll.look();
      return (await dashboard.ask("GET /v1/stats")).body.total.attempts >= attempts;
    });

  it("tells a fresh server's reader how to publish the first event, by a command that can be copied", async (context) => {
    const { page, assertQuiet } = await dashboard.open(context);
    await page.getByText("Publish the first event").waitFor();
    const command = await page.getByLabel("A command that publishes an event").textContent();
    assert.match(command ?? "", /^curl -s http:\/\/127\.0\.0\.1:\d+\/v1\/events -H "Authorization: Bearer \$KEY"/);
    await page.getByRole("button", { name: "Copy" }).click();
    assert.equal(await page.evaluate(() => navigator.clipboard.readText()), command);
    await assertAccessible(page);
    assertQuiet();
  });

  it("says what to do where nothing is sent, because there is no endpoint", async (context) => {
    const event = { type: "order.paid", tenant: "quiet", data: {} };
    assert.equal((await dashboard.ask("POST /v1/events", { body: event })).status, 201);
    const { page, assertQuiet } = await dashboard.open(context);
    await page.evaluate(() => sessionStorage.setItem("trotline.tenant", "quiet"));
    await page.reload();
    await page.getByText("Nothing is sent yet: there is no endpoint.").waitFor();
    assert.equal(await page.getByRole("link", { name: "Add an endpoint" }).getAttribute("href"), "/endpoints/new");
    assertQuiet();
  });

  it("shows deliveries as they come, and what needs attention with the button that helps", async (context) => {
    const { page, assertQuiet } = await dashboard.open(context);
    await page.getByText("Publish the first event").waitFor();
    ids.good = await endpoint(good.url, "Billing");
    ids.bad = await endpoint(bad.url, "Warehouse");
    const events = ["order.paid", "order.shipped", "order.paid"].map((type) => ({ type, data: { amount: 4200 } }));
    assert.equal((await dashboard.ask("POST /v1/events", { body: events })).status, 201);
    await counted(6);
    // Nobody loads the page again.
    const rate = page.locator("dl div", { has: page.getByText("Success rate", { exact: true }) }).first();
    await rate.getByText("50%").waitFor();
    const attention = page.getByRole("region", { name: "Needs attention first" });
    await attention.getByText("Warehouse").waitFor();
    assert.equal(await attention.getByText("Billing").count(), 0);
    await page.getByRole("region", { name: "Errors" }).getByText("http_status").waitFor();
    bad.answer(200);
    await attention.getByRole("button", { name: "Send a test: Warehouse" }).click();
    await page.getByText("The test was delivered.").waitFor();
    await attention.getByRole("button", { name: "Recover: Warehouse" }).click();
    await page.getByText("3 failed deliveries are sent again.").waitFor();
    await page.getByText("All well: no endpoint fails, and no consumer is behind.").waitFor();
    assertQuiet();
  });

  it("is about the endpoint, the type and the range that were chosen, which are in the address", async (context) => {
    const { page, assertQuiet } = await dashboard.open(context);
    const sent = page.locator("dl div", { has: page.getByText("Sent", { exact: true }) }).first();
    await sent.getByText("6", { exact: true }).waitFor();
    await page.getByLabel("Type", { exact: true }).selectOption("order.shipped");
    await sent.getByText("2", { exact: true }).waitFor();
    await page.getByLabel("Endpoint", { exact: true }).selectOption("Billing");
    await sent.getByText("1", { exact: true }).waitFor();
    await page.getByLabel("Range", { exact: true }).selectOption("Last hour");
    const { search } = new URL(page.url());
    assert.deepEqual(Object.fromEntries(new URLSearchParams(search)), {
      range: "1h",
      endpoint: ids.good,
      type: "order.shipped",
    });
    await page.reload();
    await sent.getByText("1", { exact: true }).waitFor();
    await page.getByLabel("Type", { exact: true }).selectOption("");
    await page.getByLabel("Tenants", { exact: true }).selectOption("all");
    await page.getByLabel("By", { exact: true }).selectOption("tenant");
    await page.getByRole("region", { name: "In parts" }).getByRole("rowheader", { name: "default" }).waitFor();
    assertQuiet();
  });

  it("has its charts as tables, and reads their values with the arrow keys", async (context) => {
    const { page, assertQuiet } = await dashboard.open(context);
    const card = page.getByRole("region", { name: "Deliveries" });
    await card.getByText("As a table").click();
    await card.getByRole("row").nth(1).getByText("3", { exact: true }).first().waitFor();
    await card.getByRole("group", { name: "Deliveries. The arrow keys read its values" }).focus();
    for (let buckets = 0; buckets < 3; buckets++) await page.keyboard.press("ArrowLeft");
    await card
      .getByText(/\d{1,2}:\d{2}:00/)
      .first()
      .waitFor();
    assertQuiet();
  });

  for (const [theme, language, title] of [
    ["dark", "en", "Overview"],
    ["light", "ru", "Обзор"],
  ] as const) {
    it(`fits a phone, and those who listen: ${theme}, ${language}`, async (context) => {
      const { page, assertQuiet } = await dashboard.open(context, { theme, language, width: 375 });
      await page.getByRole("heading", { level: 1, name: title }).waitFor();
      await page.locator("canvas").first().waitFor();
      await assertFits(page);
      await assertAccessible(page);
      assertQuiet();
    });
  }

  it("says what was refused beside what was known, and goes on when it is answered", async (context) => {
    const { page, browserContext } = await dashboard.open(context, { expected: /Failed to load/ });
    await page.locator("canvas").first().waitFor();
    const problem = { code: "overloaded", status: 429, detail: "Too much is asked." };
    await browserContext.route("**/v1/stats*", (route) => route.fulfill({ status: 429, json: problem }));
    await page.getByText("Too much is asked.").first().waitFor();
    assert.ok((await page.locator("canvas").count()) > 0, "what was known stays");
    await browserContext.unroute("**/v1/stats*");
    await page.getByRole("button", { name: "Try again" }).first().click();
    await page.getByText("Too much is asked.").first().waitFor({ state: "detached" });
  });
});
