/** Signing in and out, in a real browser: refused, accepted, ended by hand, and ended by somebody else. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { eventually } from "../../src/testing/eventually.ts";
import { assertAccessible, assertFits } from "./a-browser.ts";
import { aDashboard } from "./a-dashboard.ts";

describe("signing in", () => {
  const dashboard = aDashboard();
  const newKey = async (members: object = {}) =>
    (await dashboard.ask("POST /v1/keys", { body: { name: "Mira", scopes: ["admin"], ...members } })).body;

  it("is refused with a sentence where the key is none, and leads to the page that was asked for where it is one", async (context) => {
    const { page, browserContext, assertQuiet } = await dashboard.open(context, {
      key: null,
      path: "/settings/about",
      expected: /401.*\/v1\/session/,
    });
    await page.getByLabel("Key").fill("trot_guessed");
    await page.getByRole("button", { name: "Sign in" }).click();
    await page.getByText("not a key of this server").waitFor();
    assert.equal(await page.getByLabel("Key").getAttribute("aria-invalid"), "true");
    await page.getByLabel("Key").fill(`  ${dashboard.server.key} `);
    await page.getByLabel("Key").press("Enter");
    await page.getByRole("heading", { level: 1, name: "Settings" }).waitFor();
    await page.getByText("first key").waitFor();
    const [cookie] = await browserContext.cookies(`${dashboard.server.url}/v1/session`);
    assert.deepEqual([cookie?.httpOnly, cookie?.sameSite, cookie?.path], [true, "Strict", "/v1"]);
    assert.deepEqual(await browserContext.cookies(`${dashboard.server.url}/in/x`), []);
    assert.doesNotMatch(
      await page.evaluate("document.cookie + JSON.stringify(localStorage) + JSON.stringify(sessionStorage)"),
      /trot_/,
    );
    assertQuiet();
  });

  it("ends by hand, without a word of blame, and for a new page too", async (context) => {
    const { page, assertQuiet } = await dashboard.open(context);
    await page.getByRole("button", { name: "Sign out" }).click();
    await page.getByRole("button", { name: "Sign in" }).waitFor();
    assert.equal(await page.getByText("Your session is over").count(), 0);
    await page.goto(`${dashboard.server.url}/settings`);
    await page.getByLabel("Key").waitFor();
    assertQuiet();
  });

  it("ends where the key is revoked while the page is open: it says so, and asks for another", async (context) => {
    const { id, key } = await newKey();
    const { page, assertQuiet } = await dashboard.open(context, { key, path: "/settings/about", expected: /401/ });
    await page.getByText("Mira").waitFor();
    assert.equal((await dashboard.ask(`DELETE /v1/keys/${id}`)).status, 204);
    await page.getByRole("tab", { name: "Event types" }).click();
    await page.getByText("Your session is over").waitFor();
    await page.getByLabel("Key").fill(dashboard.server.key);
    await page.getByRole("button", { name: "Sign in" }).click();
    await page.getByRole("heading", { level: 1, name: "Settings" }).waitFor();
    assertQuiet();
  });

  it("shows who is bound to a tenant that one, and lets others choose", async (context) => {
    await dashboard.ask("POST /v1/endpoints", { body: { tenant: "acme", url: "http://127.0.0.1:9/" } });
    const { page, assertQuiet } = await dashboard.open(context);
    await page.locator("summary", { hasText: "default" }).click();
    await page.getByPlaceholder("Find or enter one").fill("ac");
    await page.getByRole("button", { name: "acme", exact: true }).click();
    await page.getByRole("link", { name: "Settings" }).click();
    await page.getByRole("button", { name: "Make a link to the portal" }).click();
    assert.equal(await page.getByLabel("Tenant", { exact: true }).inputValue(), "acme");
    assertQuiet();
    const { key } = await newKey({ tenant: "globex", scopes: ["read"] });
    const bound = await dashboard.open(context, { key, path: "/settings" });
    await bound.page.getByText("Tenant: globex").waitFor();
    assert.equal(await bound.page.getByRole("tab", { name: "Keys" }).count(), 0);
    bound.assertQuiet();
  });

  for (const [theme, language, heading] of [
    ["light", "en", "Sign in"],
    ["dark", "zh", "登录"],
    ["dark", "ru", "Войти"],
  ] as const) {
    it(`is in reach of everybody, on a phone: ${theme}, ${language}`, async (context) => {
      const { page, assertQuiet } = await dashboard.open(context, { key: null, theme, language, width: 375 });
      await page.getByRole("button", { name: heading }).waitFor();
      await assertFits(page);
      await assertAccessible(page);
      assertQuiet();
    });
  }
});

describe("settings", () => {
  const dashboard = aDashboard();

  it("make a key that is shown once, rotate it and revoke it", async (context) => {
    const { page, assertQuiet } = await dashboard.open(context, { path: "/settings/keys" });
    await page.getByRole("button", { name: "Make a key" }).click();
    await page.getByLabel("Name", { exact: true }).fill("billing");
    await page.getByLabel("Tenant", { exact: true }).fill("acme");
    await page.getByRole("button", { name: "Make", exact: true }).click();
    const shown = page.getByRole("dialog", { name: "The new key" }).locator("code");
    const first = (await shown.textContent()) ?? "";
    assert.match(first, /^trot_/);
    await page.getByRole("button", { name: "I have kept it" }).click();
    const works = async (key: string) => (await dashboard.ask("GET /v1/endpoints", { key })).status === 200;
    assert.equal(await works(first), true);
    await page.getByRole("row", { name: /billing/ }).click();
    await page.getByLabel("The old text works for").selectOption("No longer");
    await page.getByRole("button", { name: "Give it a new text" }).click();
    await shown.waitFor();
    const second = (await shown.textContent()) ?? "";
    assert.deepEqual([await works(first), await works(second)], [false, true]);
    await page.getByRole("button", { name: "I have kept it" }).click();
    await page.getByRole("row", { name: /billing/ }).click();
    await page.getByRole("button", { name: "Revoke" }).click();
    await page
      .getByRole("dialog", { name: /Revoke/ })
      .getByRole("button", { name: "Revoke" })
      .click();
    await page.getByText("The key is revoked.").waitFor();
    await eventually(
      "it is gone from the list",
      async () => (await page.getByRole("row", { name: /billing/ }).count()) === 0,
    );
    assert.equal(await works(second), false);
    assertQuiet();
  });

  it("make a link to the portal of a tenant", async (context) => {
    const { page, assertQuiet } = await dashboard.open(context, { path: "/settings/keys" });
    await page.getByRole("button", { name: "Make a link to the portal" }).click();
    await page.getByLabel("Tenant", { exact: true }).fill("acme");
    await page.getByRole("button", { name: "Make", exact: true }).click();
    const shown = page.getByRole("dialog", { name: "The portal of acme" }).locator("code");
    assert.match((await shown.textContent()) ?? "", /^http:\/\/127\.0\.0\.1:\d+\/portal#token=trot_/);
    assertQuiet();
  });

  for (const theme of ["light", "dark"] as const) {
    it(`show the catalogue, the processes and the server, in reach of everybody: ${theme}`, async (context) => {
      const version = { version: "1", schema: { type: "object" }, example: { amount: 1200 } };
      const body = { description: "An order was paid.", versions: [version] };
      await dashboard.ask("PUT /v1/event-types/order.paid", { body });
      const { page, assertQuiet } = await dashboard.open(context, { path: "/settings/keys", theme, width: 375 });
      for (const tab of ["Keys", "Event types", "Processes", "About"]) {
        await page.getByRole("tab", { name: tab }).click();
        await page.getByRole("tabpanel", { name: tab }).waitFor();
        await assertFits(page);
        await assertAccessible(page);
      }
      await page.getByText("Memory: nothing is kept").waitFor();
      await page.getByRole("tab", { name: "Event types" }).click();
      await page.getByRole("row", { name: /order\.paid/ }).click();
      await page.getByText('"amount": 1200').waitFor();
      await assertAccessible(page);
      assertQuiet();
    });
  }
});
