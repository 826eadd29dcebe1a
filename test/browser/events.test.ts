/** The page of events: what comes is seen, what came is found, and one event can be looked at and sent again. */
import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { describe, it } from "node:test";
import { eventually } from "../../src/testing/eventually.ts";
import { startTestReceiver } from "../../src/testing/test-receiver.ts";
import { localCode } from "../flows/a-listener.ts";
import { aDashboard } from "./a-dashboard.ts";
import { anEventsPage, rowOf, shownIn } from "./an-events-page.ts";

const subjectColumn = 1;

describe("the page of events", () => {
  const dashboard = aDashboard();

  it("shows what is published at once, and says by its field what is refused", async (context) => {
    const { page, tenant, publish, assertQuiet } = await anEventsPage(dashboard, context, {
      expected: /v1\/events/,
    });
    await dashboard.ask("PUT /v1/event-types/order.paid", {
      body: { versions: [{ version: "1", example: { order: "A-17", total: 4200 } }] },
    });
    await page.getByText("No events yet").waitFor();
    await page.getByRole("button", { name: "Publish event" }).click();
    const dialog = page.getByRole("dialog", { name: "Publish an event" });
    await dialog.getByText(`an event of the tenant ${tenant},`).waitFor();
    await dialog.getByLabel("Data").fill("{ not json");
    await dialog.getByLabel("Type").fill("Order Paid");
    await dialog.getByRole("button", { name: "Publish" }).click();
    await dialog.getByText("This is not JSON").waitFor();
    await dialog.getByLabel("Data").fill('{"n": 12345678901234567890}');
    await dialog.getByRole("button", { name: "Publish" }).click();
    await dialog.getByLabel("Type").and(dialog.locator("[aria-invalid=true]")).waitFor();
    await dialog.getByLabel("Type").fill("order.paid");
    await dialog.getByLabel("Subject").fill("order/A-17");
    await dialog.getByRole("button", { name: "Publish" }).click();
    await rowOf(page, "order/A-17").waitFor();
    await publish({ subject: "order/B-2" });
    await rowOf(page, "order/B-2").waitFor();
    assert.deepEqual(await shownIn(page, subjectColumn), ["order/B-2", "order/A-17"]);
    const stored = await dashboard.ask(`GET /v1/events?tenant=${tenant}&limit=1`);
    assert.ok(stored.text.includes('"data":{"n": 12345678901234567890}'), stored.text);
    assertQuiet();
  });

  it("fills in the example of the type that is chosen, and leaves alone what was written", async (context) => {
    await dashboard.ask("PUT /v1/event-types/user.added", {
      body: { versions: [{ version: "1", example: { id: 7 } }] },
    });
    const { page } = await anEventsPage(dashboard, context);
    await page.getByRole("button", { name: "Publish event" }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByLabel("Type").fill("user.added");
    await eventually("the example is there", async () => /"id": 7/.test(await dialog.getByLabel("Data").inputValue()));
    await dialog.getByLabel("Data").fill("[1]");
    await dialog.getByLabel("Type").fill("order.paid");
    assert.equal(await dialog.getByLabel("Data").inputValue(), "[1]");
  });

  it("keeps aside what comes while it is paused, or while older ones are read", async (context) => {
    const { page, publish, assertQuiet } = await anEventsPage(dashboard, context, {
      before: async ({ publish }) => {
        for (let number = 0; number < 60; number++) await publish({ subject: `old/${number}` });
      },
    });
    await rowOf(page, "old/59").waitFor();
    await page.getByRole("button", { name: "Pause" }).click();
    await publish({ subject: "new/1" });
    await page.getByRole("button", { name: "1 new event", exact: false }).waitFor();
    await publish({ subject: "new/2" });
    await page.getByRole("button", { name: "2 new events" }).waitFor();
    assert.equal((await shownIn(page, subjectColumn))[0], "old/59");
    await page.getByRole("button", { name: "Resume" }).click();
    await rowOf(page, "new/2").waitFor();
    const table = page.getByRole("table", { name: "Events" });
    await table.evaluate((element) => element.scrollTo({ top: 800 }));
    await eventually("older ones are in view", async () => (await rowOf(page, "old/25").count()) > 0);
    const place = () => rowOf(page, "old/35").boundingBox();
    const before = await place();
    await publish({ subject: "new/3" });
    const fresh = page.getByRole("button", { name: "1 new event", exact: false });
    await fresh.waitFor();
    assert.deepEqual(await place(), before, "what is read stays where it is");
    await fresh.click();
    await rowOf(page, "new/3").waitFor();
    await eventually("it is at the top", () => table.evaluate((element) => element.scrollTop === 0));
    assertQuiet();
  });

  it("finds events by id, type, subject, time and text, and says what is looked for in its address", async (context) => {
    const ids: string[] = [];
    const { page, publish, assertQuiet } = await anEventsPage(dashboard, context, {
      before: async ({ publish }) => {
        ids.push(await publish({ type: "order.paid", subject: "s1", data: { name: "Zoë" } }));
        ids.push(await publish({ type: "order.sent", subject: "s2", data: { order: "A-17" } }));
        ids.push(await publish({ type: "invoice.paid", subject: "s3", data: { say: 'it\'s "quoted"' } }));
      },
    });
    const finds = async (...subjects: string[]) =>
      eventually(`${subjects} are found`, async () => `${await shownIn(page, subjectColumn)}` === `${subjects}`);
    const clear = async () => {
      await page.getByRole("button", { name: "Clear filters" }).click();
      await finds("s3", "s2", "s1");
    };
    await finds("s3", "s2", "s1");
    const search = page.getByRole("searchbox", { name: "Search" });
    for (const [text, ...found] of [
      ["zoë", "s1"],
      ["a-17", "s2"],
      ['"quoted"', "s3"],
      ["ORDER.", "s2", "s1"],
      [ids[1] ?? "", "s2"],
    ] as const) {
      await search.fill(text);
      await finds(...found);
    }
    assert.equal(new URL(page.url()).searchParams.get("q"), ids[1]);
    await page.reload();
    await finds("s2");
    await page.getByRole("link", { name: `Open the event ${ids[1]}` }).waitFor();
    await clear();
    await page.getByLabel("Type", { exact: true }).fill("*.paid");
    await finds("s3", "s1");
    // Also what comes is only what is looked for.
    await publish({ type: "order.late", subject: "s4" });
    await publish({ type: "late.paid", subject: "s5" });
    await finds("s5", "s3", "s1");
    await page.getByLabel("Type", { exact: true }).fill("no pattern");
    await page.getByText("Such as order.paid, order.*").waitFor();
    await page.getByRole("button", { name: "Clear filters" }).click();
    await page.getByLabel("Subject").fill("s2");
    await finds("s2");
    await page.getByRole("button", { name: "Clear filters" }).click();
    await page.getByLabel("Time").selectOption("Last hour");
    await finds("s5", "s4", "s3", "s2", "s1");
    await page.getByLabel("Time").selectOption("Between…");
    await page.getByLabel("Until").fill("2020-01-31T12:00");
    await page.getByText("No event fits").waitFor();
    await page.getByText("Past events only").waitFor();
    assertQuiet();
  });

  it("shows one event with where it went, and sends it again", async (context) => {
    const receiver = await startTestReceiver();
    context.after(() => receiver.close());
    receiver.answer({ write: (response) => response.writeHead(503).end("<b>closed</b> for maintenance") });
    const { page, tenant, publish, assertQuiet } = await anEventsPage(dashboard, context);
    const endpoint = await dashboard.ask("POST /v1/endpoints", {
      body: { tenant, url: `${receiver.url}/hook`, retry_delays_ms: [600_000] },
    });
    const data = { total: 4200 };
    const id = await publish({ subject: "order/1", data });
    await rowOf(page, "order/1").click();
    const event = page.getByRole("region", { name: "Event", exact: true });
    await event.getByText("Retrying").waitFor();
    assert.equal(new URL(page.url()).pathname, `/events/${id}`);
    const shows = event.getByRole("button", { name: "Show attempts" });
    if (await shows.isVisible()) await shows.click();
    await event.getByText("503", { exact: true }).waitFor();
    await event.getByText("Answer", { exact: true }).click();
    await event.getByText("<b>closed</b> for maintenance").waitFor();
    receiver.answer(200);
    await event.getByRole("button", { name: "Send again to" }).click();
    await page.getByText("Delivered.").waitFor();
    await event.getByText("200", { exact: true }).waitFor();
    await event.getByText("by hand").waitFor();
    assert.equal(receiver.requests.length, 2);
    assert.equal(
      await event.getByRole("link", { name: `${receiver.url}/hook` }).getAttribute("href"),
      `/endpoints/${endpoint.body.id}`,
    );
    await event.getByText("Copy as sent").last().click();
    await event.getByRole("button", { name: "fetch" }).click();
    await page.getByText("Copied.").waitFor();
    assert.match(
      await page.evaluate(() => navigator.clipboard.readText()),
      /^const response = await fetch\(".*\/hook"/,
    );
    await event.getByRole("button", { name: "Close the event" }).click();
    await event.waitFor({ state: "detached" });
    await rowOf(page, "order/1").waitFor();
    assertQuiet();
  });

  it("publishes an event again as another one, edited, with its digits and escapes", async (context) => {
    const raw = '{"n": 1.50, "big": 12345678901234567890, "e": "\\u00e9"}';
    const { page, tenant, assertQuiet } = await anEventsPage(dashboard, context, {
      before: async ({ tenant }) => {
        await dashboard.ask("POST /v1/events", {
          raw: `{"tenant":"${tenant}","id":"first","type":"order.paid","subject":"s1","data":${raw}}`,
        });
      },
    });
    await rowOf(page, "s1").click();
    await page.getByRole("tab", { name: "Raw" }).click();
    assert.equal(await page.getByLabel("Data", { exact: true }).textContent(), raw);
    await page.getByRole("button", { name: "Copy data" }).click();
    assert.equal(await page.evaluate(() => navigator.clipboard.readText()), raw);
    await page.getByRole("button", { name: "Publish again…" }).click();
    const dialog = page.getByRole("dialog", { name: "Publish as a new event" });
    assert.equal(await dialog.getByLabel("Data").inputValue(), raw);
    await dialog.getByLabel("Subject").fill("s2");
    await dialog.getByRole("button", { name: "Publish" }).click();
    await dialog.waitFor({ state: "detached" });
    await rowOf(page, "s2").waitFor();
    const { text, body } = await dashboard.ask(`GET /v1/events?tenant=${tenant}`);
    assert.deepEqual([body.data.length, body.data[1].subject, body.data[1].type], [2, "s2", "order.paid"]);
    assert.equal(text.split(`"data":${raw}`).length, 3);
    assert.equal(new URL(page.url()).pathname, `/events/${body.data[1].id}`);
    assertQuiet();
  });

  const noCurl = spawnSync("curl", ["--version"]).status === 0 ? false : "curl is not installed";
  it("copies a received request as a command, which sends the same bytes", { skip: noCurl }, async (context) => {
    const { url, requests } = await localCode(context);
    const { page, tenant, assertQuiet } = await anEventsPage(dashboard, context);
    const made = await dashboard.ask("POST /v1/sources", {
      body: { tenant, name: "shop", scheme: { unverified: true } },
    });
    assert.equal(made.status, 201, made.text);
    const body = `{ "say": "it's $(touch /tmp/x) \`id\` \\"$HOME\\"",\n\t"n": 1.50 }`;
    const sent = await fetch(`${dashboard.server.url}/in/shop?q=$(id)&b=%20`, {
      method: "POST",
      headers: { "content-type": "application/json", "x-quotes": 'it\'s "that" $(id)', "user-agent": "Shop/1" },
      body,
    });
    assert.ok(sent.ok, await sent.text());
    await rowOf(page, "shop").click();
    await page.getByRole("tab", { name: "Request" }).click();
    await page.getByRole("rowheader", { name: "x-quotes" }).waitFor();
    await page.getByText("Copy request as").last().click();
    await page.getByRole("button", { name: "curl" }).click();
    await page.getByText("Copied.").waitFor();
    const command = await page.evaluate(() => navigator.clipboard.readText());
    const elsewhere = command.replaceAll(dashboard.server.url, url);
    assert.notEqual(elsewhere, command);
    const shell = spawn("sh", [], { stdio: ["pipe", "ignore", "ignore"] });
    shell.stdin.end(elsewhere);
    await new Promise((resolve) => shell.on("close", resolve));
    const [arrived] = requests;
    assert.equal(arrived?.body.toString(), body);
    assert.equal(arrived?.target, "/in/shop?q=$(id)&b=%20");
    assertQuiet();
  });
});
