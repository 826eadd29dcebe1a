/** What holds for every page: it fits, can be heard, says nothing in another language, and outlives its server. */
import assert from "node:assert/strict";
import { before, describe, it, type TestContext } from "node:test";
import type { Page } from "playwright-core";
import { startServer } from "../../src/http/server.ts";
import { assertAccessible, assertFits, type Opened } from "./a-browser.ts";
import { aDashboard, type Dashboard } from "./a-dashboard.ts";

const long = "x".repeat(150);

/** One of each thing, with names as long as they may be; the pages that show them. */
async function somePages({ ask, server }: Dashboard): Promise<readonly string[]> {
  const made = async (what: string, body: object) => {
    const answer = await ask(what, { body });
    assert.ok(answer.status < 300, `${what}: ${answer.text}`);
    return answer.body;
  };
  await made("PUT /v1/event-types/order.paid", { description: long, group: "Orders" });
  const endpoint = await made("POST /v1/endpoints", {
    url: `http://127.0.0.1:1/${long}`,
    description: long,
    types: ["order.*", "t".repeat(100)],
  });
  await made("PUT /v1/consumers/billing", { types: ["order.*", "t".repeat(100)], filter: "data.total > 1" });
  await made("POST /v1/sources", { name: "github", scheme: { preset: "github" }, description: long });
  const bin = await made("POST /v1/bins", { description: long });
  const event = await made("POST /v1/events", {
    type: "order.paid",
    subject: long,
    occurred_at: "1971-01-01T00:00:00Z",
    data: { total: 12_345_678_901, text: long },
  });
  await made("POST /v1/events", { type: "t".repeat(100), data: null });
  await fetch(`${server.url}/in/${bin.name}/${long}?${long}=1`, { method: "POST", body: JSON.stringify({ long }) });
  await fetch(`${server.url}/in/github`, { method: "POST", body: "{}" });
  const paths = ["/", "/events", `/events/${event.id}`, "/endpoints", "/endpoints/new", `/endpoints/${endpoint.id}`];
  for (const tab of ["attempts", "settings", "secrets", "replay", "test"]) {
    paths.push(`/endpoints/${endpoint.id}?tab=${tab}`);
  }
  paths.push(`/endpoints/${endpoint.id}/edit`, "/consumers", "/consumers/billing", "/consumers/new");
  paths.push("/sources", "/sources/github", "/sources/new", "/bins", `/bins/${bin.id}`, "/settings");
  return paths;
}

const isShown = async (page: Page): Promise<string> => {
  const heading = page.getByRole("heading", { level: 1 });
  await heading.first().waitFor();
  await page.waitForFunction(() =>
    [...document.querySelectorAll("main [role=status]")].every(
      ({ textContent }) => !/^(Loading…|加载中…|Загрузка…)$/.test(textContent ?? ""),
    ),
  );
  assert.equal(await heading.count(), 1, "one heading");
  return (await heading.textContent()) ?? "";
};

/** Every text and label that is not somebody's data. */
const textsOf = (page: Page): Promise<readonly string[]> =>
  page.evaluate(() => {
    const found: string[] = [];
    const isData = (element: Element | null): boolean =>
      element?.closest("code, pre, textarea, bdi, option, script, .font-mono, [lang=en]") != null;
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) {
      if (!isData(walker.currentNode.parentElement)) found.push(walker.currentNode.textContent ?? "");
    }
    for (const element of document.querySelectorAll("[aria-label], [title], [placeholder]")) {
      for (const name of ["aria-label", "title", "placeholder"]) found.push(element.getAttribute(name) ?? "");
    }
    return found;
  });

/** Three English words in a row are a sentence that nobody translated. */
const english = /\b[A-Za-z][a-z]+ [a-z]+ [a-z]+\b/;
const faulty = /\b(undefined|NaN|null|Invalid Date)\b|\[object |\b[a-z]+[A-Z][a-z]+\b/;
/** Names that are written so everywhere. */
const names = /JavaScript|GitHub|GitLab|webhook-id|public-url/g;

const views = [
  { theme: "light", width: 1280, language: "en" },
  { theme: "dark", width: 375, language: "ru" },
  { theme: "dark", width: 1280, language: "zh" },
] as const;

interface Checked {
  readonly language: string;
  readonly paths: readonly string[];
}

describe("every page", () => {
  const dashboard = aDashboard();
  let paths: readonly string[] = [];
  before(async () => {
    paths = await somePages(dashboard);
  });

  const checkEach = async (context: TestContext, { page }: Opened, { language, paths }: Checked): Promise<void> => {
    for (const path of paths) {
      await context.test(path.replace(/(evt|ep|bin)_\w+/, "one"), async () => {
        // As a link does, and without loading the whole again.
        await page.evaluate((to) => history.pushState(null, "", to), path);
        const heading = await isShown(page);
        const title = await page.title();
        assert.ok(title.startsWith(`${heading} · `), `${title} is the title of ${heading}`);
        await assertFits(page);
        // What those who listen hear differs by language in nothing but the words.
        if (language !== "zh") await assertAccessible(page);
        const texts = (await textsOf(page)).map((text) => text.replace(names, ""));
        assert.deepEqual(
          texts.filter((text) => faulty.test(text)),
          [],
        );
        if (language !== "en")
          assert.deepEqual(
            texts.filter((text) => english.test(text)),
            [],
          );
      });
    }
  };

  for (const { theme, width, language } of views) {
    it(`fits, is named and can be heard, in words of one language: ${theme}, ${width}, ${language}`, async (context) => {
      const opened = await dashboard.open(context, { theme, width, language });
      await checkEach(context, opened, { language, paths });
      opened.assertQuiet();
    });
  }

  it("of the portal does as well", async (context) => {
    const { url } = (await dashboard.ask("POST /v1/portal-links", { body: { tenant: "default" } })).body;
    const opened = await dashboard.open(context, { key: null, theme: "light", width: 375, language: "ru" });
    await opened.page.goto(new URL(url, dashboard.server.url).href);
    await isShown(opened.page);
    const places = ["", "/endpoints", "/endpoints/new", "/events", "/attempts"];
    await checkEach(context, opened, { language: "ru", paths: places.map((place) => `/portal${place}`) });
    opened.assertQuiet();
  });

  it("is told of by an address that is not there", async (context) => {
    const { page } = await dashboard.open(context, { path: "/settings" });
    await isShown(page);
    await page.evaluate(() => history.pushState(null, "", "/nowhere"));
    await page.getByRole("heading", { name: "There is no such page" }).waitFor();
  });

  it("keeps the focus: rows by the arrows, menus and dialogs closed by Escape, what is opened at its top", async (context) => {
    const { page, assertQuiet } = await dashboard.open(context, { path: "/endpoints" });
    const focused = (): Promise<string> => page.evaluate(() => document.activeElement?.textContent ?? "");
    await page.getByRole("row").nth(1).focus();
    await page.keyboard.press("Enter");
    await page.getByRole("tab", { name: "Overview" }).waitFor();
    assert.equal(await focused(), await isShown(page));
    const pause = page.getByRole("button", { name: "Pause" });
    await pause.focus();
    await page.keyboard.press("Enter");
    await page.getByRole("dialog").waitFor();
    await page.keyboard.press("Escape");
    await page.getByRole("dialog").waitFor({ state: "hidden" });
    assert.equal(await focused(), "Pause");
    await page.locator("summary", { hasText: "Theme" }).last().focus();
    await page.keyboard.press("Enter");
    await page.keyboard.press("Tab");
    await page.keyboard.press("Enter");
    assert.equal(await page.evaluate(() => document.activeElement?.tagName), "SUMMARY");
    await page.goto(`${dashboard.server.url}/events`);
    await page.getByRole("row").nth(1).focus();
    const first = await focused();
    await page.keyboard.press("ArrowDown");
    assert.notEqual(await focused(), first);
    await page.keyboard.press("ArrowUp");
    assert.equal(await focused(), first);
    assertQuiet();
  });

  it("says so to a key that may not read, and leads who may only look from forms to lists", async (context) => {
    const keyFor = async (scope: string): Promise<string> =>
      (await dashboard.ask("POST /v1/keys", { body: { name: scope, scopes: [scope] } })).body.key;
    const publisher = await dashboard.open(context, { key: await keyFor("publish"), expected: /403/ });
    await publisher.page.getByRole("note").getByText("has not the scope “read”").waitFor();
    await publisher.page.getByRole("alert").first().waitFor();
    assert.equal(await publisher.page.getByRole("button", { name: "Try again" }).count(), 0);
    publisher.assertQuiet();
    const reader = await dashboard.open(context, { key: await keyFor("read") });
    for (const list of ["endpoints", "consumers", "sources"]) {
      await reader.page.goto(`${dashboard.server.url}/${list}/new`);
      await reader.page.waitForURL(`${dashboard.server.url}/${list}`);
      await isShown(reader.page);
    }
    reader.assertQuiet();
  });
});

describe("a page whose server stops", () => {
  const dashboard = aDashboard();

  it("says so, goes on by itself when it is back, and keeps what was typed", async (context) => {
    const { server } = dashboard;
    const expected = /ERR_|Failed to load/;
    const opened = await Promise.all(
      ["/", "/events", "/endpoints", "/consumers/new", "/settings"].map((path) =>
        dashboard.open(context, { path, expected }),
      ),
    );
    const pages = opened.map(({ page }) => page);
    for (const page of pages) await isShown(page);
    const form = pages[3] as Page;
    await form.getByLabel("Name", { exact: true }).fill("billing");
    const away = (page: Page) => page.getByText("The server does not answer. This page tries again by itself.").first();
    await server.server.close();
    for (const page of pages) await away(page).waitFor();
    const port = Number(new URL(server.url).port);
    const again = await startServer(server.app, { host: "127.0.0.1", port, auth: "keys", shutdownGraceMs: 2000 });
    context.after(() => again.close());
    for (const page of pages) await away(page).waitFor({ state: "hidden" });
    await (pages[1] as Page).getByText("Live").waitFor();
    assert.equal(await form.getByLabel("Name", { exact: true }).inputValue(), "billing");
    await form.getByRole("button", { name: "Make the consumer" }).click();
    await form.getByRole("heading", { level: 1, name: "billing" }).waitFor();
    for (const { assertQuiet } of opened) assertQuiet();
  });
});
