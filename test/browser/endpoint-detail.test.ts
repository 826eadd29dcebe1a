/** What is done to one endpoint, in a real browser: each count comes before what it counts is sent. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Webhook } from "standardwebhooks";
import { eventually } from "../../src/testing/eventually.ts";
import { aDashboard } from "./a-dashboard.ts";
import { aReceivingEndpoint } from "./a-receiving-endpoint.ts";

describe("an endpoint", () => {
  const dashboard = aDashboard();

  it("has its attempts live, those that filters find, and tries all of these once more", async (context) => {
    const settings = { type: "bulk.retry", retry_delays_ms: [] };
    const { receiver, path, publish, id } = await aReceivingEndpoint(context, dashboard, settings);
    const { page, assertQuiet } = await dashboard.open(context, { path: `${path}?tab=attempts` });
    await page.getByText("No attempts yet").waitFor();
    receiver.answer((request) => (JSON.parse(String(request.body)).data.status as number) ?? 200);
    for (const status of [500, 500, 404, 200]) await publish({ status });
    await page.getByRole("row").nth(4).waitFor();
    await page.getByLabel("Outcome").selectOption("5xx");
    await eventually("others are gone", async () => (await page.getByRole("row").count()) === 3);
    await page.getByLabel("Outcome").selectOption("");
    await page.getByLabel("Status", { exact: true }).fill("404");
    await eventually("one is left", async () => (await page.getByRole("row").count()) === 2);
    await page.getByLabel("Status", { exact: true }).fill("500");
    await eventually("two are left", async () => (await page.getByRole("row").count()) === 3);
    assert.match(page.url(), /tab=attempts&status=500/);

    receiver.answer(200);
    const before = receiver.requests.length;
    await page.getByRole("button", { name: "Retry all…" }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByText("Events that are not delivered: 2.").waitFor();
    assert.equal(receiver.requests.length, before);
    await dialog.getByRole("button", { name: "Retry 2" }).click();
    await dialog.getByText("2 delivered, 0 failed, of 2").waitFor();
    assert.equal(receiver.requests.length, before + 2);
    await dialog.getByRole("button", { name: "Close" }).last().click();

    // What was delivered since is not sent again.
    await page.getByRole("button", { name: "Retry all…" }).click();
    await dialog.getByText("Events that are not delivered: 0.").waitFor();
    await dialog.getByRole("button", { name: "Close" }).last().click();
    const { body } = await dashboard.ask(`GET /v1/attempts?endpoint_id=${id}&status=delivered`);
    assert.equal(body.data.length, 3);
    assertQuiet();
  });

  it("does not move what someone reads: new attempts wait until they are asked for", async (context) => {
    const { path, publish, publishMany } = await aReceivingEndpoint(context, dashboard, { type: "reads.on" });
    await publishMany(40);
    const { page, assertQuiet } = await dashboard.open(context, { path: `${path}?tab=attempts` });
    const table = page.getByRole("table", { name: "Attempts" });
    await table.getByRole("row").nth(10).waitFor();
    await table.evaluate((element) => element.scrollTo(0, 600));
    const shown = () => table.evaluate((element) => element.querySelector("[aria-rowindex='20']")?.textContent);
    const read = await eventually("the row is there", shown);
    await publish({ number: 41 });
    await page.getByRole("button", { name: "1 new — show" }).waitFor();
    const ids = (text: string | null | undefined) => /evt_\w+/.exec(text ?? "")?.[0];
    assert.equal(ids(await shown()), ids(read));
    await page.getByRole("button", { name: "1 new — show" }).click();
    await eventually("it is among them", async () => (await table.getAttribute("aria-rowcount")) === "42");
    assertQuiet();
  });

  it("has more attempts at once than it asks for, and misses none", async (context) => {
    const { path, publishMany } = await aReceivingEndpoint(context, dashboard, { type: "many.atonce" });
    const { page, assertQuiet } = await dashboard.open(context, { path: `${path}?tab=attempts` });
    await page.getByText("No attempts yet").waitFor();
    await publishMany(130);
    const table = page.getByRole("table", { name: "Attempts" });
    await table.getByRole("row").nth(10).waitFor();
    await eventually("all are there", async () => {
      await table.evaluate((element) => element.scrollTo(0, element.scrollHeight));
      return (await table.getAttribute("aria-rowcount")) === "131";
    });
    assertQuiet();
  });

  it("shows its secret when it is asked for, changes it over, and ends the old one", async (context) => {
    const { receiver, path, publish, id } = await aReceivingEndpoint(context, dashboard, { type: "secret.rotated" });
    const secrets = async () => (await dashboard.ask(`GET /v1/endpoints/${id}/secrets`)).body;
    const [first] = (await secrets()).secrets;
    const { page, assertQuiet } = await dashboard.open(context, { path: `${path}?tab=secrets` });
    await page.getByRole("button", { name: "Reveal" }).waitFor();
    assert.equal(await page.getByText(first).count(), 0);
    await page.getByRole("button", { name: "Reveal" }).click();
    await page.getByText(first).waitFor();
    await page.getByRole("button", { name: "Copy" }).click();
    assert.equal(await page.evaluate(() => navigator.clipboard.readText()), first);
    await page.getByRole("button", { name: "Rotate" }).click();
    await page.getByLabel("Grace of the old secret").selectOption("An hour");
    await page.getByRole("button", { name: "Rotate the secret" }).click();
    await page.getByText("Signs too until").waitFor();
    const [second] = (await secrets()).secrets;
    assert.notEqual(second, first);
    await page.getByText(second).waitFor();
    const signedBy = async (secret: string): Promise<boolean> => {
      const count = receiver.requests.length;
      await publish({});
      const request = await eventually("it is sent", () => receiver.requests[count]);
      try {
        new Webhook(secret).verify(request.body, request.headers as Record<string, string>);
        return true;
      } catch {
        return false;
      }
    };
    assert.deepEqual([await signedBy(first), await signedBy(second)], [true, true]);
    await page.getByRole("button", { name: "End old secrets now" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "End old secrets now" }).click();
    await page.getByText("Only the newest secret signs now.").waitFor();
    assert.deepEqual(await secrets(), { secrets: [second], retiring: [] });
    assert.deepEqual([await signedBy(first), await signedBy(second)], [false, true]);
    await page.getByRole("button", { name: "Hide" }).click();
    assert.equal(await page.getByText(second).count(), 0);
    assertQuiet();
  });

  it("is sent a range again, counted first, with its progress; and its cursor is moved", async (context) => {
    const { receiver, path, publish, id } = await aReceivingEndpoint(context, dashboard, { type: "range.sent" });
    const events: string[] = [];
    for (let number = 0; number < 5; number += 1) events.push(await publish({ number }));
    await eventually("all came", () => receiver.requests.length === 5);
    const { page, assertQuiet } = await dashboard.open(context, { path: `${path}?tab=replay` });
    await page.getByLabel("After", { exact: true }).selectOption("An event’s id, or a cursor");
    await page.getByLabel("After: An event").fill(events[1] ?? "");
    await page.getByRole("button", { name: "Count first" }).click();
    await page.getByText("3 events would be sent.").waitFor();
    assert.equal(receiver.requests.length, 5);
    await publish({ number: 5 });
    await eventually("the live one came", () => receiver.requests.length === 6);
    await page.getByRole("button", { name: "Send 3 again" }).click();
    const replays = page.getByRole("region", { name: "Replays" });
    await replays.getByText("3 of 3 sent").waitFor();
    await replays.getByText("Completed").waitFor();
    assert.deepEqual(
      receiver.requests.slice(6).map(({ headers }) => headers["webhook-id"]),
      events.slice(2),
    );

    await page.getByLabel("Place").selectOption("The beginning of the log");
    await page.getByRole("button", { name: "Move…" }).click();
    const dialog = page.getByRole("dialog", { name: "Move the cursor" });
    await dialog.getByText("After this place: 6 events").waitFor();
    assert.equal(receiver.requests.length, 9);
    await dialog.getByRole("button", { name: "Move the cursor" }).click();
    await eventually("all came again", () => receiver.requests.length === 15);
    await page.getByText("The cursor was moved.").waitFor();
    const { body } = await dashboard.ask(`GET /v1/endpoints/${id}`);
    assert.equal(body.health.state, "healthy");
    assertQuiet();
  });

  it("pauses and cancels a replay that goes on", async (context) => {
    const { path, publish, id } = await aReceivingEndpoint(context, dashboard, { type: "replay.paused" });
    await publish({});
    // While the endpoint rests, so does the replay.
    await dashboard.ask(`POST /v1/endpoints/${id}/pause`, { body: {} });
    await dashboard.ask(`POST /v1/endpoints/${id}/replay`, { body: {} });
    const { page, assertQuiet } = await dashboard.open(context, { path: `${path}?tab=replay` });
    const replays = page.getByRole("region", { name: "Replays" });
    await replays.getByRole("button", { name: "Pause" }).click();
    await replays.getByText("Paused").waitFor();
    await replays.getByRole("button", { name: "Resume" }).click();
    await replays.getByText("Running").waitFor();
    await replays.getByRole("button", { name: "Cancel" }).click();
    await replays.getByText("Cancelled").waitFor();
    assertQuiet();
  });

  it("is recovered: what failed is counted, then sent", async (context) => {
    const settings = { type: "recovered.all", retry_delays_ms: [3_600_000] };
    const { receiver, path, publish } = await aReceivingEndpoint(context, dashboard, settings);
    receiver.answer(500);
    for (let number = 0; number < 3; number += 1) await publish({ number });
    const { page, assertQuiet } = await dashboard.open(context, { path });
    await page.getByRole("region", { name: "Deliveries that failed and wait: 3" }).waitFor();
    receiver.answer(200);
    await page.getByRole("button", { name: "Recover what failed" }).click();
    const dialog = page.getByRole("dialog", { name: "Send again what failed" });
    await dialog.getByRole("button", { name: "Count first" }).click();
    await dialog.getByText("Deliveries that failed and are not settled: 3.").waitFor();
    assert.equal(receiver.requests.length, 3);
    await dialog.getByRole("button", { name: "Send 3 again" }).click();
    await page.getByRole("region", { name: "Replays" }).getByText("3 of 3 sent").waitFor();
    assert.equal(receiver.requests.length, 6);
    await page.getByText("Healthy", { exact: true }).waitFor();
    assertQuiet();
  });

  it("is sent a test, of which the request and the answer are shown", async (context) => {
    const { receiver, path } = await aReceivingEndpoint(context, dashboard, { type: "test.sent" });
    const hostile = '<img src=x onerror="alert(1)">';
    receiver.answer({ write: (response) => response.writeHead(422, { "content-type": "text/html" }).end(hostile) });
    const { page, assertQuiet } = await dashboard.open(context, { path: `${path}?tab=test` });
    await page.getByLabel("Type").fill("other.type");
    await page.getByText("The endpoint does not take this type").waitFor();
    await page.getByLabel("Type").fill("test.sent");
    await page.getByRole("button", { name: "Send" }).click();
    const answer = page.getByRole("region", { name: "Answer" });
    await answer.getByText("422", { exact: true }).waitFor();
    await answer.getByText(hostile).waitFor();
    const shown = await page.getByRole("region", { name: "Request" }).getByLabel("Request").textContent();
    assert.match(shown ?? "", /^POST http:.*\/hooks\n[\s\S]*webhook-signature: …[\s\S]*"type": "test.sent"/);
    assert.equal(receiver.requests.length, 1);
    assertQuiet();
  });

  it("is paused, resumed from where it is told, and deleted, each after a question", async (context) => {
    const settings = { type: "pause.resume", description: "To go" };
    const { receiver, path, publish, id } = await aReceivingEndpoint(context, dashboard, settings);
    const { page, assertQuiet } = await dashboard.open(context, { path, expected: /404/ });
    await page.getByRole("button", { name: "Pause" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Pause" }).click();
    await page.getByText("Nothing is sent.").waitFor();
    await publish({ number: 1 });
    await page.getByText("It is 1 event behind.").waitFor();
    await page.getByRole("button", { name: "Resume" }).first().click();
    const dialog = page.getByRole("dialog", { name: "Resume the endpoint" });
    await dialog.getByLabel("At the end of the log").check();
    await dialog.getByRole("button", { name: "Resume" }).click();
    await page.getByRole("button", { name: "Pause" }).waitFor();
    const second = await publish({ number: 2 });
    await eventually("the second came", () => receiver.requests.length > 0);
    assert.deepEqual(
      receiver.requests.map(({ headers }) => headers["webhook-id"]),
      [second],
    );
    await page.locator("summary", { hasText: "More" }).click();
    await page.getByRole("button", { name: "Delete" }).click();
    await page.getByRole("dialog", { name: "Delete the endpoint" }).getByRole("button", { name: "Delete" }).click();
    await page.getByText("The endpoint was deleted.").waitFor();
    assert.equal((await dashboard.ask(`GET /v1/endpoints/${id}`)).status, 404);
    assertQuiet();
  });
});
