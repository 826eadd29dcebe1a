/** The pages of consumers in a real browser. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { eventually } from "../../src/testing/eventually.ts";
import { assertAccessible, assertFits } from "./a-browser.ts";
import { aDashboard } from "./a-dashboard.ts";

describe("consumers", () => {
  const dashboard = aDashboard();
  const publish = (...events: readonly object[]) =>
    dashboard.ask("POST /v1/events", { body: events.map((event) => ({ data: { total: 120 }, ...event })) });

  it("begin with what they are for; one is made with a filter that is tried as it is typed", async (context) => {
    await publish({ type: "order.paid" }, { type: "order.paid", data: { total: 5 } }, { type: "stock.low" });
    const { page, assertQuiet } = await dashboard.open(context, { path: "/consumers", expected: /400/ });
    await page.getByText("No consumer yet").waitFor();
    await page.getByRole("link", { name: "New consumer" }).click();
    await page.getByLabel("Name", { exact: true }).fill("billing");
    await page.getByLabel("Types", { exact: true }).fill("order.*");
    await page.getByLabel("Filter", { exact: true }).fill("data.total >");
    await eventually("it is refused", async () => {
      return (await page.getByLabel("Filter", { exact: true }).getAttribute("aria-invalid")) === "true";
    });
    await page.getByLabel("Filter", { exact: true }).fill("data.total > 100");
    await page.getByText("It takes 1 of the newest 2 events of these types.").waitFor();
    await page.getByLabel("Begin", { exact: true }).selectOption("earliest");
    await page.getByRole("button", { name: "Make the consumer" }).click();
    await page.getByRole("heading", { level: 1, name: "billing" }).waitFor();
    const { body } = await dashboard.ask("GET /v1/consumers/billing");
    assert.deepEqual([body.types, body.filter, body.lag_events], [["order.*"], "data.total > 100", 3]);
    await page.getByRole("link", { name: "Change" }).click();
    await page.getByLabel("Lease, in seconds").fill("90");
    await page.getByRole("button", { name: "Save" }).click();
    await page.getByText("2 min").or(page.getByText("1.5 min")).waitFor();
    assertQuiet();
  });

  it("show how far behind, what comes next without moving it, and follow what their reader does", async (context) => {
    await dashboard.ask("PUT /v1/consumers/search", { body: { types: ["page.*"] } });
    await publish({ type: "page.added", id: "p1" }, { type: "order.paid" }, { type: "page.added", id: "p2" });
    const before = (await dashboard.ask("GET /v1/consumers/search")).body;
    const { page, assertQuiet } = await dashboard.open(context, { path: "/consumers/search" });
    await page.getByRole("row", { name: /page\.added p1/ }).waitFor();
    assert.equal(await page.getByRole("row", { name: /order\.paid/ }).count(), 0);
    await page.getByText("3 events", { exact: true }).waitFor();
    await page.getByText("Nobody reads").waitFor();
    const after = (await dashboard.ask("GET /v1/consumers/search")).body;
    assert.deepEqual([after.cursor, after.leased_until], [before.cursor, null]);
    const { body } = await dashboard.ask("GET /v1/consumers/search/events?limit=1");
    await dashboard.ask("POST /v1/consumers/search/ack", { body: { cursor: body.next_cursor, lease: body.lease } });
    await page.getByText("2 events", { exact: true }).waitFor();
    await page.getByText("Being read").waitFor();
    await eventually("it is no longer next", async () => (await page.getByRole("row", { name: /p1/ }).count()) === 0);
    await page.getByRole("tab", { name: "curl" }).click();
    const code = (await page.getByLabel("Read as this consumer").locator("pre").textContent()) ?? "";
    assert.ok(code.includes(`${dashboard.server.url}/v1/consumers/search/events`), code);
    assertQuiet();
  });

  it("have the address of their name, whatever is in it", async (context) => {
    const { page, assertQuiet } = await dashboard.open(context);
    for (const name of ["billing-2_x.y:z", "new"]) {
      await dashboard.ask(`PUT /v1/consumers/${name}`, { body: {} });
      await page.goto(`${dashboard.server.url}/consumers`);
      await page.getByRole("row", { name: new RegExp(`^${name} `) }).click();
      await page.getByText("Nobody reads").waitFor();
      await page.reload();
      await page.getByText("Nobody reads").waitFor();
      await page.getByRole("heading", { level: 1, name }).waitFor();
      await dashboard.ask(`DELETE /v1/consumers/${name}`);
    }
    assertQuiet();
  });

  it("are moved, after it is said how much would be read again or passed over, and deleted", async (context) => {
    await dashboard.ask("PUT /v1/consumers/mail");
    await publish({ type: "mail.sent", id: "m1" }, { type: "mail.sent", id: "m2" });
    const { page, assertQuiet } = await dashboard.open(context, {
      path: "/consumers/mail",
      expected: /400.*seek|404.*mail/,
    });
    await page.getByRole("button", { name: "Seek" }).click();
    const dialog = page.getByRole("dialog", { name: "Move “mail”" });
    await dialog.getByText(/would be read again: \d+/).waitFor();
    const place = dialog.getByLabel("Go on from", { exact: true });
    await place.selectOption("latest");
    await dialog.getByText("would be passed over, and never read: 2").waitFor();
    await place.selectOption("id");
    const id = dialog.getByPlaceholder("evt_…");
    await id.fill("nobody");
    await dialog.getByText(/neither a cursor nor the id/).waitFor();
    await id.fill("m1");
    await dialog.getByText("would be passed over, and never read: 1").waitFor();
    assert.equal((await dashboard.ask("GET /v1/consumers/mail")).body.lag_events, 2);
    await dialog.getByRole("button", { name: "Move it" }).click();
    await page.getByText("1 event", { exact: true }).waitFor();
    assert.equal((await dashboard.ask("GET /v1/consumers/mail")).body.lag_events, 1);
    await page.getByRole("button", { name: "Delete" }).click();
    await page.getByRole("dialog", { name: "Delete “mail”?" }).getByRole("button", { name: "Delete" }).click();
    await page.getByRole("heading", { level: 1, name: "Consumers" }).waitFor();
    assert.equal((await dashboard.ask("GET /v1/consumers/mail")).status, 404);
    assertQuiet();
  });

  it("of another tenant are not shown, and are not there for its key", async (context) => {
    await dashboard.ask("PUT /v1/consumers/theirs?tenant=globex");
    const { body } = await dashboard.ask("POST /v1/keys", { body: { name: "a", scopes: ["read"], tenant: "acme" } });
    const { page, assertQuiet } = await dashboard.open(context, { key: body.key, path: "/consumers", expected: /404/ });
    await page.getByText("No consumer yet").waitFor();
    assert.equal(await page.getByRole("link", { name: "New consumer" }).count(), 0);
    await page.goto(`${dashboard.server.url}/consumers/theirs`);
    await page.getByText("consumer-not-found").waitFor();
    assertQuiet();
  });

  for (const [theme, language, title] of [
    ["light", "en", "Consumers"],
    ["dark", "zh", "消费者"],
    ["dark", "ru", "Потребители"],
  ] as const) {
    it(`are in reach of everybody, on a phone: ${theme}, ${language}`, async (context) => {
      await dashboard.ask("PUT /v1/consumers/phone", { body: { from: "earliest", filter: "data.total > 1" } });
      await publish({ type: "order.paid" });
      const { page, assertQuiet } = await dashboard.open(context, { path: "/consumers", theme, language, width: 375 });
      await page.getByRole("heading", { level: 1, name: title }).waitFor();
      await page.getByRole("row", { name: /phone/ }).click();
      await page.getByRole("heading", { level: 1, name: "phone" }).waitFor();
      await page
        .getByRole("row", { name: /order\.paid/ })
        .first()
        .waitFor();
      await assertFits(page);
      await assertAccessible(page);
      if (language === "en") {
        await page.goto(`${dashboard.server.url}/consumers/new`);
        await page.getByLabel("Name", { exact: true }).waitFor();
        await assertFits(page);
        await assertAccessible(page);
      }
      assertQuiet();
    });
  }
});

describe("a consumer that retention passed", () => {
  const dashboard = aDashboard({ app: { retentionBytesMax: 1000 } });

  it("says so, with the button that helps", async (context) => {
    await dashboard.ask("PUT /v1/consumers/slow", { body: { from: "earliest" } });
    const events = Array.from({ length: 15 }, (_, index) => ({
      id: `e${index}`,
      type: "order.paid",
      data: "x".repeat(98),
    }));
    await dashboard.ask("POST /v1/events", { body: events });
    await dashboard.server.app.retention.run();
    const { page, assertQuiet } = await dashboard.open(context, { path: "/consumers/slow", expected: /410/ });
    await page.getByText("Invalidated", { exact: true }).waitFor();
    await page.getByText("cursor-expired").waitFor();
    await page.getByRole("button", { name: "Go on from the oldest event" }).click();
    await page
      .getByRole("row", { name: /order\.paid/ })
      .first()
      .waitFor();
    assert.equal(await page.getByText("Invalidated", { exact: true }).count(), 0);
    assert.notEqual((await dashboard.ask("GET /v1/consumers/slow")).body.state, "invalidated");
    assertQuiet();
  });
});
