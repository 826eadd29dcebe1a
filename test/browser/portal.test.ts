/** The portal, in a real browser: one tenant's endpoints and events, by a link, also in a frame of another site. */
import assert from "node:assert/strict";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { after, before, describe, it, type TestContext } from "node:test";
import type { Page } from "playwright-core";
import { eventually } from "../../src/testing/eventually.ts";
import { startTestReceiver } from "../../src/testing/test-receiver.ts";
import { assertAccessible, assertFits } from "./a-browser.ts";
import { aDashboard, type Dashboard } from "./a-dashboard.ts";

async function aLink({ ask }: Dashboard, members: object = {}) {
  const answer = await ask("POST /v1/portal-links", { body: { tenant: "acme", ...members } });
  assert.equal(answer.status, 201, answer.text);
  return answer.body as { url: string; token: string; key_id: string };
}

/** The page of a link, by somebody who has nothing but the link. */
async function openLink(dashboard: Dashboard, context: TestContext, options: object = {}) {
  const link = await aLink(dashboard);
  const opened = await dashboard.open(context, { key: null, ...options });
  await opened.page.goto(link.url);
  return { ...opened, link };
}

const made = async ({ ask }: Dashboard, what: string, body: object): Promise<{ id: string }> => {
  const answer = await ask(what, { body });
  assert.ok(answer.status < 300, answer.text);
  return answer.body;
};

/** A page of another site that has the URL in a frame. */
async function aFramingSite(context: Pick<TestContext, "after">, framed: () => string): Promise<string> {
  const site = createServer((_request, response) => {
    response.setHeader("content-type", "text/html; charset=utf-8");
    response.end(
      `<!doctype html><html lang="en"><title>App</title><iframe title="Webhooks" src="${framed()}"></iframe>`,
    );
  });
  await new Promise<void>((resolve) => site.listen(0, "127.0.0.1", resolve));
  context.after(() => site.close());
  return `http://localhost:${(site.address() as AddressInfo).port}`;
}

const headingOf = (page: Page, name: string) => page.getByRole("heading", { level: 1, name });

describe("the portal", () => {
  const dashboard = aDashboard({
    app: { publicUrl: null },
    server: { portalName: "Acme Webhooks", portalColour: "#7c3aed" },
  });

  it("has a customer add an endpoint, see what came, and send again what failed", async (context) => {
    const receiver = await startTestReceiver();
    context.after(() => receiver.close());
    await dashboard.ask("PUT /v1/event-types/order.paid", { body: { description: "An order was paid." } });
    const { page, assertQuiet } = await openLink(dashboard, context);
    await headingOf(page, "Overview").waitFor();
    assert.equal(await page.title(), "Overview · Acme Webhooks");
    assert.equal(new URL(page.url()).hash, "", "the token is out of sight");
    await page.getByRole("link", { name: "Add an endpoint" }).first().click();
    await page.getByLabel("URL", { exact: true }).fill(receiver.url);
    await page.getByRole("main").locator("form").last().locator("button[type=submit]").click();
    const endpoint = await eventually("the endpoint is made", async () => {
      return (await dashboard.ask("GET /v1/endpoints?tenant=acme")).body.data[0];
    });
    receiver.answer(500);
    await made(dashboard, "POST /v1/events", {
      id: "evt_paid",
      tenant: "acme",
      type: "order.paid",
      data: { total: 12 },
    });
    await page.getByRole("link", { name: "Events" }).click();
    await page.getByRole("row", { name: /order\.paid/ }).click();
    await page.getByText('"total": 12').waitFor();
    await page.getByText("Retrying").waitFor();
    receiver.answer(200);
    await page.getByRole("button", { name: "Send again" }).first().click();
    await page.getByText("It was delivered.").waitFor();
    const { deliveries } = (await dashboard.ask("GET /v1/events/evt_paid?tenant=acme")).body;
    assert.deepEqual([deliveries[0].endpoint_id, deliveries[0].state], [endpoint.id, "delivered"]);
    await page.getByRole("link", { name: "Attempts" }).click();
    await page.getByRole("row", { name: /Delivered 200/ }).waitFor();
    await page.getByRole("row", { name: /Failed 500/ }).waitFor();
    assertQuiet();
  });

  it("has a customer see and rotate a secret, send a test, and pause", async (context) => {
    const receiver = await startTestReceiver();
    context.after(() => receiver.close());
    const { id } = await made(dashboard, "POST /v1/endpoints", { tenant: "acme", url: `${receiver.url}/secrets` });
    const secrets = async (): Promise<string[]> =>
      (await dashboard.ask(`GET /v1/endpoints/${id}/secrets`)).body.secrets;
    const [first = ""] = await secrets();
    const { page, assertQuiet } = await openLink(dashboard, context);
    await page.getByRole("link", { name: "Endpoints" }).click();
    await page.getByRole("row", { name: /\/secrets/ }).click();
    await page.getByRole("tab", { name: "Secrets" }).click();
    assert.equal(await page.getByText(first).count(), 0, "hidden until it is asked for");
    await page.getByRole("button", { name: "Reveal" }).click();
    await page.getByText(first).waitFor();
    await page.getByRole("button", { name: "Rotate" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Rotate the secret" }).click();
    await eventually("it signs with another", async () => (await secrets())[0] !== first);
    await page.getByRole("tab", { name: "Test" }).click();
    await page.getByRole("button", { name: "Send", exact: true }).click();
    await eventually("the test came", () => receiver.requests.length > 0);
    await page.getByRole("button", { name: "Pause" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Pause" }).click();
    await eventually(
      "it is paused",
      async () => (await dashboard.ask(`GET /v1/endpoints/${id}`)).body.status === "paused",
    );
    assertQuiet();
  });

  it("shows nothing of another tenant, whatever address is typed", async (context) => {
    const url = "http://127.0.0.1:9/";
    const foreign = await made(dashboard, "POST /v1/endpoints", { tenant: "globex", url: `${url}globex` });
    await made(dashboard, "POST /v1/events", { id: "evt_globex", tenant: "globex", type: "secret.plan", data: {} });
    const { page, assertQuiet } = await openLink(dashboard, context, { expected: /404/ });
    await headingOf(page, "Overview").waitFor();
    for (const path of [`/portal/endpoints/${foreign.id}`, "/portal/events/evt_globex"]) {
      await page.goto(dashboard.server.url + path);
      await page
        .getByText(/-not-found|There is no such endpoint/)
        .first()
        .waitFor();
    }
    for (const place of ["Endpoints", "Events", "Attempts"]) {
      await page.getByRole("navigation").getByRole("link", { name: place }).click();
      await headingOf(page, place).waitFor();
      assert.doesNotMatch((await page.textContent("body")) ?? "", /globex|secret\.plan/);
    }
    assert.equal(await page.locator('a[href="/settings"], a[href="/bins"], a[href="/"]').count(), 0);
    assertQuiet();
  });

  it("says what to do where the link has ended, was revoked meanwhile, or is none", async (context) => {
    const { page, link, assertQuiet } = await openLink(dashboard, context, { expected: /401/ });
    await headingOf(page, "Overview").waitFor();
    await dashboard.ask(`DELETE /v1/keys/${link.key_id}`);
    await page.getByRole("link", { name: "Attempts" }).click();
    await headingOf(page, "This link has ended").waitFor();
    await page.getByText("open a new one from there").waitFor();
    await assertAccessible(page);
    const another = await aLink(dashboard);
    await page.goto(another.url);
    await headingOf(page, "Overview").or(headingOf(page, "Attempts")).waitFor();
    assertQuiet();
    const { page: bare } = await dashboard.open(context, { key: null, path: "/portal" });
    await headingOf(bare, "There is no link here").waitFor();
  });

  it("does not take the session of whoever is signed in to the dashboard for a link", async (context) => {
    const { page } = await dashboard.open(context, { path: "/portal" });
    await headingOf(page, "There is no link here").waitFor();
    await page.goto((await aLink(dashboard)).url);
    await headingOf(page, "Overview").waitFor();
    assert.doesNotMatch((await page.textContent("body")) ?? "", /globex/);
  });

  it("says that there is no link where one came to harm on its way", async (context) => {
    const { page, assertQuiet } = await dashboard.open(context, { key: null });
    for (const harmed of ["%", "trot_%0a", "%E4%B8%AD"]) {
      await page.goto("about:blank");
      await page.goto(`${dashboard.server.url}/portal#token=${harmed}`);
      await headingOf(page, "There is no link here").waitFor();
    }
    assertQuiet();
  });

  it("is shown in no frame where no origin is configured", async (context) => {
    const link = await aLink(dashboard);
    const site = await aFramingSite(context, () => link.url);
    const { page } = await dashboard.open(context, { key: null, origins: [site], expected: /frame-ancestors|Refused/ });
    await page.goto(site);
    await eventually("the frame is refused", () =>
      page.frames().some((frame) => frame.url().startsWith("chrome-error")),
    );
    const policy = (await fetch(`${dashboard.server.url}/portal`)).headers.get("content-security-policy");
    assert.match(policy ?? "", /frame-ancestors 'none'/);
  });

  for (const [theme, language] of [
    ["light", "en"],
    ["dark", "zh"],
    ["light", "ru"],
  ] as const) {
    it(`is in reach of everybody, on a phone, in the colour that was chosen: ${theme}, ${language}`, async (context) => {
      const { page, assertQuiet } = await openLink(dashboard, context, { theme, language, width: 375 });
      for (const index of [0, 1, 2, 3]) {
        await page.getByRole("navigation").getByRole("link").nth(index).click();
        await page.getByRole("heading", { level: 1 }).waitFor();
        await assertFits(page);
        await assertAccessible(page);
      }
      const brand = await page.evaluate("document.documentElement.style.getPropertyValue('--brand')");
      assert.match(String(brand), /^light-dark\(#7c3aed, #/);
      assertQuiet();
    });
  }
});

describe("the portal in a frame", () => {
  let framed = "";
  const origins: string[] = [];
  const ends: (() => unknown)[] = [];
  // Before the server: it is started with them.
  before(async () => {
    const context = { after: (end?: unknown) => void ends.push(end as () => unknown) } as Pick<TestContext, "after">;
    origins.push(await aFramingSite(context, () => framed));
  });
  after(() => {
    for (const end of ends) end();
  });
  const dashboard = aDashboard({ server: { portalOrigins: origins } });

  it("is shown to the origins that are configured, with no cookie, and the dashboard to none", async (context) => {
    const [origin = ""] = origins;
    const other = await aFramingSite(context, () => framed);
    framed = (await aLink(dashboard)).url;
    const expected = /frame-ancestors|Refused/;
    const { page, browserContext } = await dashboard.open(context, { key: null, origins: [origin, other], expected });
    await page.goto(origin);
    await page.frameLocator("iframe").getByRole("heading", { level: 1, name: "Overview" }).waitFor();
    assert.deepEqual(await browserContext.cookies(), []);
    const isRefused = () => page.frames().some((frame) => frame.url().startsWith("chrome-error"));
    await page.goto(other);
    await eventually("another origin is refused", isRefused);
    framed = `${dashboard.server.url}/`;
    await page.goto(origin);
    await eventually("the dashboard is refused", isRefused);
  });

  it("works where the browser keeps nothing for frames of other sites", async (context) => {
    const [origin = ""] = origins;
    framed = (await aLink(dashboard)).url;
    const { page, assertQuiet } = await dashboard.open(context, { key: null, origins: [origin] });
    await page.addInitScript(`
      for (const name of ["localStorage", "sessionStorage"]) {
        Object.defineProperty(window, name, { get() { throw new DOMException("refused", "SecurityError"); } });
      }
    `);
    await page.goto(origin);
    const frame = page.frameLocator("iframe");
    await frame.getByRole("heading", { level: 1, name: "Overview" }).waitFor();
    await frame.getByRole("link", { name: "Endpoints" }).click();
    await frame.getByRole("heading", { level: 1, name: "Endpoints" }).waitFor();
    await frame.locator("summary", { hasText: "Theme" }).click();
    await frame.getByRole("button", { name: "Dark" }).click();
    const storage = await page.frames()[1]?.evaluate("try { sessionStorage; 'kept' } catch { 'refused' }");
    assert.equal(storage, "refused");
    assertQuiet();
  });
});
