/** The page of events with what others may write, in every look, and with more than a page can hold. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { eventually } from "../../src/testing/eventually.ts";
import { publish } from "../flows/an-app.ts";
import { assertAccessible, assertFits } from "./a-browser.ts";
import { aDashboard } from "./a-dashboard.ts";
import { anEventsPage, rowOf } from "./an-events-page.ts";

const script = `"><script>alert(1)</script><img src=x onerror="alert(2)">`;
const turned = "safe\u202etxt.exe\u2066";

describe("the page of events", () => {
  const dashboard = aDashboard({ app: { eventBytesMax: 3_000_000 } });

  it("shows scripts, and text that turns itself around, as what they are", async (context) => {
    const { page, assertQuiet } = await anEventsPage(dashboard, context, {
      before: ({ publish }) =>
        publish({ subject: `${script}${turned}`, data: { [script]: script, turned, __proto__: 1, constructor: null } }),
    });
    const row = rowOf(page, "<script>");
    await row.waitFor();
    const shown = await row.textContent();
    assert.ok(shown?.includes("safe\\u202etxt.exe\\u2066"), shown ?? "");
    await row.click();
    const data = page.getByLabel("Data", { exact: true });
    await data.waitFor();
    assert.deepEqual(JSON.parse((await data.textContent()) ?? "").turned, turned);
    await page.getByRole("tab", { name: "Raw" }).click();
    await page.getByText("are shown as escapes").waitFor();
    const texts = await page.evaluate(() => [document.body.innerText, document.querySelectorAll("img[src=x]").length]);
    assert.doesNotMatch(String(texts[0]), /[\u202a-\u202e\u2066-\u2069]/);
    assert.equal(texts[1], 0);
    assertQuiet();
  });

  it("opens an event of two megabytes, and one that is nested deeply", async (context) => {
    const depth = 60;
    const { page, assertQuiet } = await anEventsPage(dashboard, context, {
      before: async ({ publish, tenant }) => {
        await publish({ subject: "long", data: { text: "long ".repeat(400_000) } });
        const raw = `{"tenant":"${tenant}","type":"a.b","subject":"deep","data":${"[".repeat(depth)}${"]".repeat(depth)}}`;
        const answer = await dashboard.ask("POST /v1/events", { raw });
        assert.equal(answer.status, 201, answer.text);
      },
    });
    await rowOf(page, "long").click();
    await page.getByRole("button", { name: "Show all (2 MB)" }).waitFor();
    await page.getByRole("button", { name: "Close the event" }).click();
    await rowOf(page, "deep").click();
    await page.getByLabel("Data", { exact: true }).getByText("[").waitFor();
    assertQuiet();
  });

  it("has nothing of another tenant, and a key that may only read can only read", async (context) => {
    const secret = await dashboard.ask("POST /v1/events", { body: { tenant: "other", type: "a.b", data: "theirs" } });
    const made = await dashboard.ask("POST /v1/keys", { body: { name: "reader", scopes: ["read"], tenant: "mine" } });
    const mine = await dashboard.ask("POST /v1/events", {
      body: { tenant: "mine", type: "a.b", subject: "s1", data: 1 },
    });
    const { page, assertQuiet } = await dashboard.open(context, {
      key: made.body.key,
      path: "/events",
      expected: /404/,
    });
    await rowOf(page, "s1").waitFor();
    assert.equal(await page.getByRole("row").count(), 2);
    assert.ok(await page.getByRole("button", { name: "Publish event" }).isDisabled());
    await page.goto(`${dashboard.server.url}/events/${mine.body.id}`);
    await page.getByText("No endpoint takes this event").waitFor();
    assert.equal(await page.getByRole("link", { name: "New endpoint" }).count(), 0);
    await page.goto(`${dashboard.server.url}/events/${secret.body.id}`);
    await page.getByText("Code: event-not-found").waitFor();
    assert.doesNotMatch(await page.evaluate(() => document.body.innerText), /theirs/);
    assertQuiet();
  });

  for (const [theme, language, width] of [
    ["light", "ru", 375],
    ["dark", "zh", 375],
    ["light", "en", 1440],
    ["dark", "en", 1440],
  ] as const) {
    it(`is in reach of everyone: ${theme}, ${language}, ${width} wide`, async (context) => {
      let id = "";
      const { page, assertQuiet } = await anEventsPage(dashboard, context, {
        theme,
        language,
        width,
        before: async ({ publish, tenant }) => {
          await dashboard.ask("POST /v1/endpoints", { body: { tenant, url: "http://127.0.0.1:9/hook" } });
          id = await publish({ subject: `order/${"x".repeat(200)}`, data: { a: "y".repeat(500) } });
        },
      });
      await page.getByRole("row").nth(1).waitFor();
      await assertFits(page);
      await assertAccessible(page);
      await page.getByRole("row").nth(1).focus();
      await page.keyboard.press("Enter");
      await page.getByRole("tabpanel").waitFor();
      assert.ok(page.url().includes(id));
      await eventually("the attempt is told", async () => (await page.getByRole("listitem").count()) > 1);
      await assertFits(page);
      await assertAccessible(page);
      assert.match(String(await page.evaluate(() => document.activeElement?.textContent)), /^order\.paid$/);
      await page.keyboard.press("Tab");
      await page.keyboard.press("Tab");
      await page.keyboard.press("Enter");
      await page.getByRole("row").nth(1).waitFor();
      assert.equal(await page.evaluate(() => document.activeElement?.role), "row");
      assertQuiet();
    });
  }

  it("scrolls through a hundred thousand events with few rows in the document", async (context) => {
    const { app } = dashboard.server;
    const { page, tenant, assertQuiet } = await anEventsPage(dashboard, context, {
      before: async ({ tenant }) => {
        for (let batch = 0; batch < 100; batch++) {
          const events = Array.from({ length: 1000 }, (_, n) => ({
            tenant,
            type: "a.b",
            subject: `n/${batch * 1000 + n}`,
            data: n,
          }));
          await publish(app, events);
        }
      },
    });
    await rowOf(page, "n/99999").waitFor();
    const table = page.getByRole("table", { name: "Events" });
    const most = await table.evaluate(async (element) => {
      let most = 0;
      const endMs = performance.now() + 60_000;
      while (Number(element.ariaRowCount) < 100_001) {
        if (performance.now() > endMs) return -1;
        element.scrollTo({ top: element.scrollHeight });
        await new Promise((resolve) => requestAnimationFrame(resolve));
        most = Math.max(most, element.querySelectorAll("[role=row]").length);
      }
      return most;
    });
    assert.ok(most > 10 && most < 80, `${most} rows in the document`);
    await table.evaluate((element) => element.scrollTo({ top: element.scrollHeight }));
    await rowOf(page, "n/0").first().waitFor();
    await table.evaluate((element) => element.scrollTo({ top: element.scrollHeight / 2 }));
    await eventually("the middle is in view", async () => (await table.getByText(/^n\/[45]\d{4}$/).count()) > 0);
    await publish(app, { tenant, type: "a.b", subject: "last", data: 1 });
    await page.getByRole("button", { name: "1 new event", exact: false }).click();
    await rowOf(page, "last").waitFor();
    assertQuiet();
  });
});
