/** The list and the form of endpoints, in a real browser, against a receiver whose answers change. */
import assert from "node:assert/strict";
import { before, describe, it } from "node:test";
import { eventually } from "../../src/testing/eventually.ts";
import { assertAccessible, assertFits } from "./a-browser.ts";
import { aDashboard } from "./a-dashboard.ts";
import { aReceiver, aReceivingEndpoint } from "./a-receiving-endpoint.ts";

describe("endpoints", () => {
  const dashboard = aDashboard();

  before(async () => {
    const types = { "order.paid": "Orders", "order.refunded": "Orders", "invoice.paid": "Billing" };
    for (const [name, group] of Object.entries(types)) {
      const body = {
        group,
        description: `Something of ${group}`,
        versions: [{ version: "1", example: { amount: 5 } }],
      };
      await dashboard.ask(`PUT /v1/event-types/${name}`, { body });
    }
    for (const amount of [10, 200, 3000]) {
      await dashboard.ask("POST /v1/events", {
        body: { type: "order.paid", subject: `ord_${amount}`, data: { amount } },
      });
    }
  });

  it("is made by the form, sent to, seen to fail, tried once more, and well again", async (context) => {
    const receiver = await aReceiver(context);
    const { page, assertQuiet } = await dashboard.open(context, { path: "/endpoints/new" });
    await page.getByLabel("URL").fill(`${receiver.url}/shop`);
    await page.getByLabel("Description").fill("The shop");
    await page.getByLabel("Only these").check();
    await page.getByLabel("order.refunded").check();
    await page.getByRole("button", { name: /^Retries and timeouts/ }).click();
    await page.getByLabel("Schedule").selectOption("none");
    await page.getByRole("button", { name: "Create the endpoint" }).click();
    await page.getByRole("heading", { level: 1, name: "The shop" }).waitFor();

    const event = { type: "order.refunded", data: { amount: 1 } };
    await dashboard.ask("POST /v1/events", { body: event });
    await page.getByRole("tab", { name: "Overview" }).click();
    await page.getByRole("region", { name: "Latest attempts" }).getByText("200").waitFor();
    assert.equal(JSON.parse(String(receiver.requests[0]?.body)).type, "order.refunded");

    receiver.answer({ write: (response) => response.writeHead(500).end("the stock is <b>locked</b>") });
    await dashboard.ask("POST /v1/events", { body: event });
    await page.getByRole("region", { name: "The last attempt failed" }).waitFor();
    await page
      .getByRole("link", { name: "← Endpoints" })
      .or(page.getByRole("link", { name: "Endpoints" }))
      .last()
      .click();
    const row = page.getByRole("row", { name: /The shop/ });
    await row.getByText("Failing").waitFor();
    await row.getByText("500").waitFor();

    await row.click();
    await page.getByRole("tab", { name: "Attempts" }).click();
    await page.getByRole("row", { name: /The receiver answered 500/ }).click();
    const dialog = page.getByRole("dialog", { name: "Attempt" });
    await dialog.getByLabel("Answer").getByText("the stock is <b>locked</b>").waitFor();
    receiver.answer(200);
    await dialog.getByRole("button", { name: "Try once more" }).click();
    await page.getByText("Delivered: 200").waitFor();
    await page.getByRole("row", { name: /200.*by hand/ }).waitFor();
    await page.getByText("Healthy", { exact: true }).waitFor();
    assertQuiet();
  });

  it("has its filter tried on recent events, and its transform on one, as they are typed", async (context) => {
    const { page, assertQuiet } = await dashboard.open(context, {
      path: "/endpoints/new",
      expected: /filters\/test|dry-run/,
    });
    await page.getByLabel("Only these").check();
    await page.getByLabel("order.paid").check();
    const filter = page.getByLabel("Filter");
    await filter.fill("data.amount > 100");
    await page.getByText("Of the last 3 events it takes 2").waitFor();
    const tried = page.getByRole("region", { name: "Recent events, tried" });
    assert.deepEqual(await tried.getByRole("listitem").filter({ hasText: "left out" }).count(), 1);
    await filter.fill("data.amount > 1000");
    await page.getByText("Of the last 3 events it takes 1").waitFor();
    await filter.fill("data.amount >");
    await page.getByRole("alert").first().waitFor();
    assert.equal(await filter.getAttribute("aria-invalid"), "true");

    const transform = page.getByLabel("Transform");
    await transform.fill('{"total": data.amount * 2}');
    const sent = page.getByLabel("What is sent");
    await sent.getByText('"total": 6000').waitFor();
    await page.getByLabel("Try it on").selectOption({ index: 2 });
    await sent.getByText('"total": 20').waitFor();
    await transform.fill("$skip()");
    await page.getByText("The transform leaves this event out").waitFor();
    await transform.fill("data.");
    await eventually("the field is marked", async () => (await transform.getAttribute("aria-invalid")) === "true");
    assertQuiet();
  });

  it("says at the field what is refused, and keeps what was typed", async (context) => {
    const { page, assertQuiet } = await dashboard.open(context, { path: "/endpoints/new", expected: /v1\/endpoints/ });
    await page.getByLabel("Description").fill("Somewhere inside");
    await page.getByRole("button", { name: "Create the endpoint" }).click();
    await page.getByText("Say where events are to be sent.").waitFor();
    const url = page.getByLabel("URL");
    await url.fill("ftp://example.com");
    await page.getByText("A URL that begins with https://").waitFor();
    await url.fill("http://10.0.0.7/inside");
    await page.getByLabel("Only these").check();
    await page.getByLabel("Other types, or patterns").fill("order..paid");
    await page.getByLabel("Other types, or patterns").press("Enter");
    await page.getByRole("button", { name: "Create the endpoint" }).click();
    await page.getByText("`order..paid` is not a pattern").first().waitFor();
    await page.getByRole("button", { name: "Remove order..paid" }).click();
    await page.getByLabel("invoice.paid").check();
    await page.getByRole("button", { name: "Create the endpoint" }).click();
    await page.getByText("The URL is refused").first().waitFor();
    const focused = () => page.evaluate(() => (document.activeElement as HTMLInputElement).value);
    await eventually("the field has the focus", async () => (await focused()) === "http://10.0.0.7/inside");
    // What is refused within a closed section opens it.
    await url.fill("https://example.com/hook");
    const headers = page.getByRole("button", { name: /^Payload/ });
    await headers.click();
    await page.getByRole("button", { name: "Add a header" }).click();
    await page.getByLabel("Name of header 1").fill("Host");
    await page.getByLabel("Value of header 1").fill("a");
    await headers.click();
    await page.getByRole("button", { name: "Create the endpoint" }).click();
    await page.getByLabel("Name of header 1").waitFor();
    await page.getByText("`Host` is set by Trotline").first().waitFor();
    await page.getByRole("button", { name: "Remove header 1" }).click();
    await page.getByRole("button", { name: "Create the endpoint" }).click();
    await page.getByRole("heading", { level: 1, name: "Somewhere inside" }).waitFor();
    assertQuiet();
  });

  it("is changed by the form, and in nothing else than what was changed", async (context) => {
    const { id, path, receiver } = await aReceivingEndpoint(context, dashboard, {
      type: "form.changed",
      description: "Before",
      timeout_ms: 2500,
      signing: { scheme: "hmac", header: "x-signature" },
    });
    const version = (name: string) => ({ version: name, transforms: { [name === "1" ? "2" : "1"]: "data" } });
    await dashboard.ask("PUT /v1/event-types/form.changed", { body: { versions: ["1", "2"].map(version) } });
    const { page, assertQuiet } = await dashboard.open(context, { path: `${path}/edit` });
    const description = page.getByLabel("Description");
    await description.waitFor();
    // Somebody else changes it meanwhile.
    await dashboard.ask(`PATCH /v1/endpoints/${id}`, { body: { timeout_ms: 9000 } });
    assert.equal(await page.getByLabel("URL").inputValue(), `${receiver.url}/hooks`);
    await description.fill("After");
    await page.getByRole("button", { name: /^Versions/ }).click();
    await page.getByLabel("form.changed").last().selectOption("2");
    await page.getByRole("button", { name: "Save" }).click();
    await page.getByRole("heading", { level: 1, name: "After" }).waitFor();
    const { body } = await dashboard.ask(`GET /v1/endpoints/${id}`);
    assert.deepEqual([body.description, body.timeout_ms, body.signing.header], ["After", 9000, "x-signature"]);
    assert.deepEqual(body.versions, { "form.changed": "2" });
    assertQuiet();
  });

  it("is found among thousands, of which few are in the document", async (context) => {
    const { registry } = dashboard.server.app;
    for (let number = 0; number < 1200; number += 1) {
      const url = `https://hooks.example.com/customers/${number}`;
      await registry.createEndpoint({ tenant: "many", url, types: ["never.comes"] }, 0);
    }
    const { page, assertQuiet } = await dashboard.open(context, { path: "/endpoints" });
    await page.evaluate(() => sessionStorage.setItem("trotline.tenant", "many"));
    await page.reload();
    await page.getByRole("status").getByText("1,200").waitFor();
    assert.ok((await page.getByRole("row").count()) < 60);
    await page.getByRole("table").evaluate((table) => table.scrollTo(0, table.scrollHeight));
    await page.locator("[aria-rowindex='1201']").waitFor();
    await page.getByLabel("Search URL").fill("customers/734");
    await page.getByRole("row", { name: /customers\/734/ }).waitFor();
    assert.equal(await page.getByRole("row").count(), 2);
    await page.getByLabel("State").selectOption("paused");
    await page.getByText("No endpoint fits what you look for.").waitFor();
    assert.match(page.url(), /q=customers%2F734&state=paused/);
    assertQuiet();
  });

  it("may be looked at with a key that may only read, and nothing else", async (context) => {
    const { path } = await aReceivingEndpoint(context, dashboard, { type: "read.only", description: "Looked at" });
    const { key } = (await dashboard.ask("POST /v1/keys", { body: { name: "reader", scopes: ["read"] } })).body;
    const { page, assertQuiet } = await dashboard.open(context, { path, key, expected: /ep_none/ });
    await page.getByRole("heading", { level: 1, name: "Looked at" }).waitFor();
    assert.deepEqual(await page.getByRole("tab").allTextContents(), ["Overview", "Attempts", "Settings"]);
    assert.equal(await page.getByRole("button", { name: /Pause|Resume|Recover/ }).count(), 0);
    await page.goto(`${dashboard.server.url}/endpoints/ep_none`);
    await page.getByText("There is no such endpoint").waitFor();
    assert.equal(await page.getByRole("link", { name: "Edit" }).count(), 0);
    assertQuiet();
  });

  const looks = [
    { theme: "light", language: "en", width: 1280, title: "Endpoints" },
    { theme: "dark", language: "zh", width: 375, title: "端点" },
    { theme: "light", language: "ru", width: 375, title: "Конечные точки" },
  ] as const;
  for (const { title, ...look } of looks) {
    it(`fits, and can be used by everyone: ${look.theme}, ${look.language}, ${look.width}`, async (context) => {
      const settings = { type: `looks.${look.language}`, transform: "data", filter: "true" };
      const { path, publish, receiver } = await aReceivingEndpoint(context, dashboard, settings);
      receiver.answer(503);
      await publish({ amount: 1 });
      const { page, assertQuiet } = await dashboard.open(context, { path: "/endpoints", ...look });
      await page.getByRole("heading", { level: 1, name: title }).waitFor();
      await page.getByRole("row").nth(1).waitFor();
      // Colours are of the theme, and names of no language.
      const check = async (): Promise<void> => {
        await assertFits(page);
        if (look.language !== "ru") await assertAccessible(page);
      };
      await check();
      await page.goto(`${dashboard.server.url}${path}/edit`);
      await page.getByRole("heading", { level: 1 }).waitFor();
      for (const section of await page.locator("button[aria-expanded]").all()) await section.click();
      await check();
      await page.goto(dashboard.server.url + path);
      const tabs = page.getByRole("tab");
      await tabs.first().waitFor();
      const shown = await tabs.all();
      for (const tab of look.theme === "dark" ? shown.slice(0, 2) : shown) {
        await tab.click();
        await check();
      }
      assertQuiet();
    });
  }
});
