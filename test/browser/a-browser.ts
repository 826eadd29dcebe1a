/** A real browser on the dashboard of a real server, for tests. What a page must never do fails the test by itself. */
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import type { TestContext } from "node:test";
import chromium from "@sparticuz/chromium";
import { type Browser, type BrowserContext, type Page, chromium as playwright } from "playwright-core";
import { buildUi } from "../../scripts/build-ui.ts";

export interface PageOptions {
  /** The server's address. */
  readonly url: string;
  /** Signs in with it before the page opens; null does not. */
  readonly key: string | null;
  readonly theme?: "light" | "dark";
  readonly language?: "en" | "zh" | "ru";
  readonly width?: number;
  readonly height?: number;
  /** Origins beside the server's that may be asked. */
  readonly origins?: readonly string[];
  /** Problems that the page is meant to meet: lines of the console that match are not counted. */
  readonly expected?: RegExp;
}

/** Without a graphics card, also as root; and nothing is asked of anybody but the server. */
const flags = [
  "--no-sandbox",
  "--no-zygote",
  "--in-process-gpu",
  "--use-gl=angle",
  "--use-angle=swiftshader",
  "--enable-unsafe-swiftshader",
  "--force-color-profile=srgb",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-default-apps",
  "--disable-domain-reliability",
  "--disable-sync",
  "--no-first-run",
  "--no-pings",
  "--disable-features=OptimizationHints,MediaRouter,Translate,InterestFeedContentSuggestions,CertificateTransparencyComponentUpdater",
];

/** One for a file of tests; closed when its suite ends. */
export async function aBrowser(context: Pick<TestContext, "after">): Promise<Browser> {
  await buildUi({ ifStale: true });
  const browser = await playwright.launch({
    executablePath: await chromium.executablePath(),
    // Not the package's own flags: they are for another place, and switch the browser's protections off.
    args: flags,
    headless: true,
  });
  context.after(() => browser.close());
  return browser;
}

export interface Opened {
  readonly page: Page;
  readonly browserContext: BrowserContext;
  /** Fails where the page asked anybody else, broke its policy, or wrote an error to the console. */
  assertQuiet(): void;
}

/** A page at the dashboard's first address, signed in. */
export async function openPage(
  browser: Browser,
  context: Pick<TestContext, "after">,
  options: PageOptions,
): Promise<Opened> {
  const { url, key, theme = "light", language = "en", width = 1280, height = 800, origins = [], expected } = options;
  const browserContext = await browser.newContext({
    viewport: { width, height },
    colorScheme: theme,
    locale: language,
    permissions: ["clipboard-read", "clipboard-write"],
    reducedMotion: "reduce",
  });
  context.after(() => browserContext.close());
  const faults: string[] = [];
  const allowed = [new URL(url).origin, ...origins, "data:", "blob:", "about:", "null"];
  browserContext.on("request", (request) => {
    const asked = request.url();
    if (!allowed.some((origin) => asked.startsWith(origin))) faults.push(`asked ${asked}`);
  });
  const page = await browserContext.newPage();
  page.setDefaultTimeout(20_000);
  page.on("console", (line) => {
    const text = `${line.text()} ${line.location().url}`;
    if (line.type() === "error" && !(expected?.test(text) ?? false)) faults.push(`console: ${text}`);
  });
  page.on("pageerror", (error) => faults.push(`error: ${error.stack ?? error.message}`));
  page.on("dialog", (dialog) => {
    faults.push(`dialog: ${dialog.message()}`);
    void dialog.dismiss();
  });
  if (key !== null) {
    const answer = await browserContext.request.post(`${url}/v1/session`, { data: { key }, headers: { origin: url } });
    assert.ok(answer.ok(), `signing in: ${answer.status()} ${await answer.text()}`);
  }
  await page.goto(`${url}/`);
  return { page, browserContext, assertQuiet: () => assert.deepEqual(faults, []) };
}

const axePath = createRequire(import.meta.url).resolve("axe-core/axe.min.js");

interface Finding {
  readonly id: string;
  readonly impact: string;
  readonly nodes: readonly { readonly html: string; readonly failureSummary: string }[];
}

/** No serious finding of axe-core (https://github.com/dequelabs/axe-core) on the page as it is shown. */
export async function assertAccessible(page: Page): Promise<void> {
  // By the debugger's door: the page's own policy takes no script from elsewhere.
  await page.evaluate(await readFile(axePath, "utf8"));
  const violations = (await page.evaluate("axe.run().then((result) => result.violations)")) as readonly Finding[];
  const serious = violations.filter(({ impact }) => impact === "serious" || impact === "critical");
  const told = serious.map(({ id, nodes }) => ({
    rule: id,
    where: nodes.slice(0, 3).map(({ html, failureSummary }) => `${html.slice(0, 200)} ${failureSummary}`),
  }));
  assert.deepEqual(told, []);
}

/** Nothing is wider than the window: no page scrolls sideways. */
export async function assertFits(page: Page): Promise<void> {
  const [content, window] = (await page.evaluate(
    "[document.documentElement.scrollWidth, document.documentElement.clientWidth]",
  )) as readonly number[];
  assert.ok((content ?? 0) <= (window ?? 0), `the page is ${content} wide in a window of ${window}`);
}
