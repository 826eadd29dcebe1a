/** Bins in a real browser: what comes is seen at once, whatever it is, and runs nowhere. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { startTestReceiver } from "../../src/testing/test-receiver.ts";
import { send } from "../flows/a-bin.ts";
import { assertAccessible, assertFits } from "./a-browser.ts";
import { aDashboard } from "./a-dashboard.ts";

const hostile = '<script>alert(1)</script><img src=x onerror="alert(2)">';

const fileName = "<img src=x onerror=alert(3)>.html";

describe("the page of a bin", () => {
  const dashboard = aDashboard();
  const aBin = async (body: object = {}): Promise<{ id: string; url: string }> => {
    const { id, name } = (await dashboard.ask("POST /v1/bins", { body })).body;
    return { id, url: `${dashboard.server.url}/in/${name}` };
  };

  it("is made with one click, and shows what comes at once", async (context) => {
    const { page, assertQuiet } = await dashboard.open(context, { path: "/bins" });
    await page.getByRole("button", { name: "New bin" }).first().click();
    await page.getByText("Waiting for the first request").waitFor();
    const url = (await page.locator("code").first().textContent()) ?? "";
    assert.match(url, /\/in\/[0-9a-z]{20}$/);
    await send(`${url}/orders?id=7`, { method: "PUT", body: '{"total":12.50,"id":12345678901234567890}' });
    const row = page.getByRole("row", { name: /PUT.*\/orders\?id=7/ });
    await row.click();
    const body = page.getByRole("region", { name: "Body" });
    await body.getByText('"total": 12.50,').waitFor();
    await body.getByText("12345678901234567890").waitFor();
    await page.getByRole("tab", { name: "Query (1)" }).click();
    await page.getByRole("row", { name: "id 7" }).waitFor();
    await page.getByRole("button", { name: "Pause" }).click();
    await page.getByText("Paused").waitFor();
    await send(`${url}/while-paused`);
    await page.getByRole("button", { name: "Resume" }).click();
    await page.getByRole("row", { name: /while-paused/ }).waitFor();
    assertQuiet();
  });

  it("shows hostile bodies, headers, paths, file names and notes as text", async (context) => {
    const bin = await aBin({ description: hostile });
    const form = new FormData();
    form.append(hostile, hostile);
    form.append("file", new Blob([hostile], { type: "text/html" }), fileName);
    await send(`${bin.url}/multipart`, { method: "POST", body: form });
    await send(`${bin.url}/binary`, { method: "POST", body: Buffer.from([0, 255, 254, 27, 91]) });
    const path = encodeURIComponent(hostile);
    await send(`${bin.url}/${path}?${path}`, {
      method: "POST",
      body: `${hostile}\u202e\u0007`,
      headers: { "content-type": "text/html", "x-hostile": hostile },
    });
    const [newest] = (await dashboard.ask(`GET /v1/bins/${bin.id}/requests`)).body.data;
    await dashboard.ask(`PUT /v1/bins/${bin.id}/requests/${newest.id}/note`, { body: { text: hostile } });
    const { page, assertQuiet } = await dashboard.open(context, { path: `/bins/${bin.id}` });
    await page.getByRole("heading", { name: hostile }).waitFor();
    await page.getByRole("row", { name: /%3Cscript/ }).click();
    await page.getByRole("region", { name: "Body" }).getByText(hostile).waitFor();
    await page.getByRole("tab", { name: /Headers/ }).click();
    await page.getByRole("row", { name: `x-hostile ${hostile}` }).waitFor();
    await page.getByRole("row", { name: /\/binary/ }).click();
    await page.getByText("Binary: shown as base64.").waitFor();
    await page.getByRole("row", { name: /\/multipart/ }).click();
    await page.getByText(fileName).waitFor();
    // What a bin answers is no page either, where somebody opens it.
    const answering = await aBin({ answer: { status: 200, headers: { "content-type": "text/html" }, body: hostile } });
    const shown = await page.context().newPage();
    shown.on("dialog", () => assert.fail("a bin's answer ran a script"));
    await shown.goto(answering.url);
    assert.equal(await shown.evaluate("window.origin"), "null");
    const cookies = await page.context().cookies();
    assert.ok(cookies.every(({ httpOnly }) => httpOnly));
    await shown.close();
    assertQuiet();
  });

  it("answers while a body of five megabytes is shown", async (context) => {
    const bin = await aBin();
    const items = Array.from({ length: 60_000 }, (_, index) => ({ index, text: "x".repeat(60) }));
    const body = JSON.stringify({ items, last: "the end of it" });
    assert.ok(body.length > 5_000_000);
    await send(bin.url, { method: "POST", body, headers: { "content-type": "application/json" } });
    const { page, assertQuiet } = await dashboard.open(context, { path: `/bins/${bin.id}` });
    await page.getByRole("row", { name: /POST/ }).click();
    const shown = page.getByRole("region", { name: "Body" });
    await shown.getByText('"index": 0,').waitFor();
    await page.getByRole("button", { name: "Show all" }).click();
    await page.getByRole("button", { name: "Show all" }).waitFor({ state: "detached" });
    await shown.focus();
    await page.keyboard.press("End");
    await shown.getByText('"last": "the end of it"').waitFor();
    assert.ok((await page.locator("*").count()) < 2000, "only what is in view is in the document");
    assertQuiet();
  });

  it("finds, notes, compares, forwards, copies, downloads and deletes requests", async (context) => {
    const receiver = await startTestReceiver();
    context.after(() => receiver.close());
    const bin = await aBin();
    await send(`${bin.url}/first`, { method: "POST", body: '{"a":1,"b":2}', headers: { "x-one": "1" } });
    await send(`${bin.url}/second`, { method: "POST", body: '{"a":1,"b":3}', headers: { "x-two": "2" } });
    const { page, assertQuiet } = await dashboard.open(context, { path: `/bins/${bin.id}` });
    await page.getByRole("searchbox").fill("x-TWO");
    await page.getByRole("row", { name: /\/first/ }).waitFor({ state: "detached" });
    await page.getByRole("row", { name: /\/second/ }).click();
    await page.getByRole("searchbox").fill("");
    await page.getByRole("textbox", { name: "Note" }).fill("looks wrong");
    await page.getByRole("button", { name: "Save" }).click();
    await page.getByText("Saved.").waitFor();
    await page.getByRole("tab", { name: "Compare" }).click();
    const difference = page.getByRole("region", { name: "Compare" });
    await difference.getByText('−   "b": 3').waitFor();
    await difference.getByText('+   "b": 2').waitFor();
    await page.getByRole("tab", { name: "Forward" }).click();
    await page.getByLabel("URL", { exact: true }).fill(`${receiver.url}/hook`);
    await page.getByRole("button", { name: "Send" }).click();
    await page.getByRole("region", { name: "Answer" }).getByText("200").waitFor();
    assert.equal(receiver.requests.length, 1);
    await page.getByText("Copy as…").click();
    await page.getByRole("button", { name: "curl", exact: true }).click();
    await page.getByText("Copied.").waitFor();
    assert.match(await page.evaluate("navigator.clipboard.readText()"), /^curl [\s\S]*\/second[\s\S]*"b":3/);
    const [download] = await Promise.all([
      page.waitForEvent("download"),
      page.getByRole("link", { name: "Download body" }).click(),
    ]);
    assert.match(download.suggestedFilename(), /^evt_\w+\.bin$/);
    await page.getByRole("button", { name: "Delete", exact: true }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Delete" }).click();
    await page.getByRole("row", { name: /\/second/ }).waitFor({ state: "detached" });
    await page.getByRole("row", { name: /\/first/ }).waitFor();
    assertQuiet();
  });

  it("has its answer and settings changed, and is deleted", async (context) => {
    const bin = await aBin();
    const { page, assertQuiet } = await dashboard.open(context, { path: `/bins/${bin.id}`, expected: /400/ });
    await page.getByRole("button", { name: /^Answer/ }).click();
    await page.getByLabel("Begin with").selectOption("failTwice");
    await page.getByRole("button", { name: "Save" }).click();
    await page.getByRole("dialog").waitFor({ state: "detached" });
    const statuses = [];
    for (let count = 0; count < 3; count++) statuses.push((await send(bin.url)).status);
    assert.deepEqual(statuses, [500, 500, 200]);
    await page.getByRole("button", { name: /^Answer/ }).click();
    await page.getByLabel("Headers, one a line").first().fill("Set-Cookie: a=b");
    await page.getByRole("button", { name: "Save" }).click();
    await page
      .getByRole("alert")
      .getByText(/set-cookie/)
      .waitFor();
    await page.getByRole("button", { name: "Close" }).click();
    await page.getByRole("button", { name: "Settings" }).click();
    await page.getByLabel("Description").fill("for the demo");
    await page.getByLabel(/CORS/).check();
    await page.getByRole("button", { name: "Save" }).click();
    await page.getByRole("heading", { name: "for the demo" }).waitFor();
    assert.equal((await send(bin.url)).headers.get("access-control-allow-origin"), "*");
    await page.getByRole("button", { name: "Settings" }).click();
    await page.getByRole("button", { name: "Delete bin" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Delete bin" }).click();
    await page.getByRole("heading", { level: 1, name: "Bins" }).waitFor();
    assert.equal((await send(bin.url)).status, 404);
    assertQuiet();
  });

  for (const [theme, width, language] of [
    ["light", 1280, "zh"],
    ["dark", 375, "ru"],
  ] as const) {
    it(`is in reach of everybody: ${theme}, ${width} wide, ${language}`, async (context) => {
      const bin = await aBin({ answer: [{ status: 500 }, { status: 200 }], cors: true });
      await send(`${bin.url}/${"long".repeat(60)}`, { method: "POST", body: `{"a":"${"b".repeat(300)}"}` });
      const [{ id }] = (await dashboard.ask(`GET /v1/bins/${bin.id}/requests`)).body.data;
      const { page, assertQuiet } = await dashboard.open(context, { path: "/bins", theme, width, language });
      await page.getByRole("row").nth(1).waitFor();
      await assertFits(page);
      await assertAccessible(page);
      await page.goto(`${dashboard.server.url}/bins/${bin.id}?request=${id}`);
      await page.getByText('"a":').first().waitFor();
      await assertFits(page);
      await assertAccessible(page);
      await page.getByRole("tab").nth(4).click();
      await assertAccessible(page);
      await page.getByRole("tab").nth(1).click();
      await assertFits(page);
      assertQuiet();
    });
  }

  it("says that a bin is gone, and what to do", async (context) => {
    const { page, assertQuiet } = await dashboard.open(context, { path: "/bins/bin_gone", expected: /404/ });
    await page.getByText("This bin does not exist, or has expired").waitFor();
    await page.getByRole("link", { name: "All bins", exact: true }).click();
    await page.getByRole("heading", { level: 1, name: "Bins" }).waitFor();
    assertQuiet();
  });
});
