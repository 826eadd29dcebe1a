/** The pages of sources in a real browser, with GitHub's own payloads. */
import assert from "node:assert/strict";
import { createHmac, randomUUID } from "node:crypto";
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { describe, it } from "node:test";
import { eventually } from "../../src/testing/eventually.ts";
import { assertAccessible, assertFits } from "./a-browser.ts";
import { aDashboard } from "./a-dashboard.ts";

const secret = "It's a Secret to Everybody";

interface Sent {
  readonly event?: string;
  readonly body?: string;
  readonly secret?: string;
  readonly headers?: Record<string, string>;
}

interface Examples {
  readonly name: string;
  readonly examples: readonly object[];
}

const examples: readonly Examples[] = createRequire(import.meta.url)("@octokit/webhooks-examples");

/** As GitHub says it happened. */
const payloadOf = (event: string): string => {
  const [payload] = examples.find(({ name }) => name === event)?.examples ?? [];
  assert.ok(payload, event);
  return JSON.stringify(payload);
};

describe("sources", () => {
  const dashboard = aDashboard();

  /** One request of GitHub's. */
  async function send(source: string, sent: Sent = {}): Promise<number> {
    const { event = "push", secret: key = secret, headers = {} } = sent;
    const body = sent.body ?? payloadOf(event);
    const response = await fetch(`${dashboard.server.url}/in/${source}`, {
      method: "POST",
      headers: {
        "content-type": "application/json",
        "user-agent": "GitHub-Hookshot/3a5f1c2",
        "x-github-event": event,
        "x-github-delivery": randomUUID(),
        "x-hub-signature-256": `sha256=${createHmac("sha256", key).update(body).digest("hex")}`,
        ...headers,
      },
      body,
    });
    await response.arrayBuffer();
    return response.status;
  }

  const make = (name: string, members: object = {}) =>
    dashboard.ask("POST /v1/sources", { body: { name, scheme: { preset: "github" }, secret, ...members } });

  /** The newest receipt, once it is kept. */
  const rejected = (name: string): Promise<string> =>
    eventually("the receipt is kept", async () => {
      const { body } = await dashboard.ask(`GET /v1/sources/${name}/receipts?outcome=rejected`);
      return body.data[0]?.id;
    });

  it("begin with what they are for, and one for GitHub is made, pasted, and sees its first event come", async (context) => {
    const { page, assertQuiet } = await dashboard.open(context, { path: "/sources", expected: /400.*\/v1\/sources/ });
    await page.getByText("No source yet").waitFor();
    await page.getByRole("link", { name: "New source" }).click();
    await page.getByRole("searchbox", { name: "Find a provider" }).fill("hub");
    await page.getByRole("button", { name: /^GitHub/ }).click();
    await page.getByLabel("Name", { exact: true }).fill("Not a name");
    await page.getByRole("button", { name: "Make the source" }).click();
    await eventually("it is refused", async () => {
      return (await page.getByLabel("Name", { exact: true }).getAttribute("aria-invalid")) === "true";
    });
    await page.getByLabel("Name", { exact: true }).fill("code");
    await page.getByLabel("Secret", { exact: true }).fill(secret);
    await page.getByRole("button", { name: "Make the source" }).click();
    await page.getByText("Waiting for the first request…").waitFor();
    await page.getByRole("button", { name: "Copy the address" }).click();
    const copied = () => page.evaluate(() => navigator.clipboard.readText());
    assert.equal(await copied(), `${dashboard.server.url}/in/code`);
    await page.getByRole("button", { name: "Copy", exact: true }).click();
    await eventually("the secret is copied", async () => (await copied()) === secret);
    assert.equal(await send("code"), 200);
    await page.getByText("The first event is here.").waitFor();
    await page.getByRole("link", { name: "See the source" }).click();
    await page.getByRole("row", { name: /code\.push/ }).click();
    await eventually("the event is shown", () => /\/events\/evt_/.test(page.url()));
    assertQuiet();
  });

  it("show what comes while one looks, and of what is refused why, what to do, and the request as it came", async (context) => {
    await make("repo");
    const { page, assertQuiet } = await dashboard.open(context, { path: "/sources/repo" });
    await page.getByText("Nothing received yet").waitFor();
    await send("repo", { event: "issues" });
    await page.getByRole("row", { name: /repo\.issues/ }).waitFor();
    assert.equal(await send("repo", { event: "star", secret: `${secret}\n` }), 401);
    await page.getByRole("tab", { name: /Rejected 1/ }).click();
    await page.getByRole("row", { name: /verification_failed/ }).click();
    await page.getByText("secret_spaced").waitFor();
    await page.getByText("Remove white space and quotes around the secret").waitFor();
    await page.getByRole("row", { name: "x-github-event star" }).waitFor();
    const body = page.getByLabel("Body", { exact: true });
    assert.match((await body.textContent()) ?? "", /^\{\n {2}"action": "created"/);
    await page.getByRole("button", { name: "As it came" }).click();
    assert.equal(await body.textContent(), payloadOf("star"));
    const saved = page.waitForEvent("download");
    await page.getByRole("button", { name: "Download the body" }).click();
    assert.equal(await readFile(await (await saved).path(), "utf8"), payloadOf("star"));
    assertQuiet();
  });

  it("show hostile requests as text: nothing runs, nothing is asked elsewhere", async (context) => {
    await make("open", { scheme: { preset: "github" } });
    const script = '<img src=x onerror="alert(1)"><script>alert(2)</script>';
    await send("open", {
      secret: "guessed",
      body: JSON.stringify({ [script]: `</pre>${script}`, url: "javascript:alert(3)" }),
      headers: { "x-evil": script, "user-agent": `"><svg onload=alert(4)>` },
    });
    const id = await rejected("open");
    const { page, assertQuiet } = await dashboard.open(context, { path: `/sources/open/receipts/${id}` });
    await page.getByRole("row", { name: `x-evil ${script}` }).waitFor();
    assert.ok((await page.getByLabel("Body", { exact: true }).textContent())?.includes("javascript:alert(3)"));
    await send("open", { secret: "guessed", body: "\u0000\u0001not text".repeat(3000) });
    const next = await eventually("the next is kept", async () => {
      const newest = await rejected("open");
      return newest !== id && newest;
    });
    await page.goto(`${dashboard.server.url}/sources/open/receipts/${next}`);
    await page.getByRole("button", { name: "Bytes" }).click();
    await page.getByText("00000000 00 01 6e 6f 74").waitFor();
    assert.equal(await page.locator("main img, main script, main svg[onload]").count(), 0);
    assertQuiet();
  });

  it("are sent a test, paused, set, given another secret, and deleted", async (context) => {
    await make("shop");
    const { page, assertQuiet } = await dashboard.open(context, { path: "/sources/shop", expected: /40[04].*\/shop/ });
    await page.getByRole("button", { name: "Send a test" }).first().click();
    const dialog = page.getByRole("dialog", { name: "Send a test" });
    await dialog.getByRole("button", { name: "Send", exact: true }).click();
    await dialog.getByText("Taken: the provider would be answered 200.").waitFor();
    await dialog.getByLabel("Sign it with another secret").check();
    await dialog.getByRole("button", { name: "Send", exact: true }).click();
    await dialog.getByText("Refused: the provider would be answered 401.").waitFor();
    await dialog.getByRole("button", { name: "See what was rejected" }).click();
    await page.getByRole("row", { name: /verification_failed/ }).waitFor();
    await page.getByRole("button", { name: "Pause" }).click();
    await page.getByRole("button", { name: "Resume" }).waitFor();
    assert.equal(await send("shop"), 503);
    await page.getByRole("button", { name: "Resume" }).click();
    await page.getByRole("button", { name: "Pause" }).waitFor();
    await page.getByRole("tab", { name: "Settings" }).click();
    await page.getByLabel("Addresses that may send").fill("nonsense");
    await page.getByRole("button", { name: "Save" }).click();
    await page.getByRole("alert").filter({ hasText: "nonsense" }).waitFor();
    await page.getByLabel("Addresses that may send").fill("192.0.2.0/24");
    await page.getByRole("button", { name: "Save" }).click();
    await page.getByText("Saved.").waitFor();
    assert.equal(await send("shop"), 403);
    await page.getByRole("tab", { name: "Secrets" }).click();
    await page.getByRole("button", { name: "Add a secret" }).click();
    await page.getByRole("dialog", { name: "Add a secret" }).getByRole("button", { name: "Add", exact: true }).click();
    await eventually(
      "both verify",
      async () => (await page.getByRole("listitem").filter({ hasText: "Verifies until" }).count()) === 2,
    );
    assert.equal(await page.getByText(secret).count(), 0);
    await page.getByRole("button", { name: "Show" }).last().click();
    await page.getByText(secret).waitFor();
    await page.getByRole("button", { name: "Delete" }).first().click();
    await page.getByRole("dialog", { name: "Delete “shop”?" }).getByRole("button", { name: "Delete" }).click();
    await page.getByRole("heading", { level: 1, name: "Sources" }).waitFor();
    assert.equal((await dashboard.ask("GET /v1/sources/shop")).status, 404);
    assertQuiet();
  });

  it("are to be looked at alone by a key that may only read", async (context) => {
    await make("seen");
    const { body } = await dashboard.ask("POST /v1/keys", { body: { name: "reader", scopes: ["read"] } });
    const { page, assertQuiet } = await dashboard.open(context, { key: body.key, path: "/sources/seen" });
    await page.getByText("Nothing received yet").waitFor();
    assert.equal(await page.getByRole("tab", { name: "Secrets" }).count(), 0);
    assert.equal(await page.getByRole("button", { name: /Delete|Pause|Send a test/ }).count(), 0);
    assertQuiet();
  });

  for (const [theme, language, words] of [
    ["light", "en", { title: "Sources", wrong: "What was wrong" }],
    ["dark", "zh", { title: "来源", wrong: "问题所在" }],
    ["dark", "ru", { title: "Источники", wrong: "Что было не так" }],
  ] as const) {
    it(`are in reach of everybody, on a phone: ${theme}, ${language}`, async (context) => {
      const name = `phone-${language}`;
      await make(name, { scheme: { preset: "slack" } });
      await send(name);
      const receipt = `/sources/${name}/receipts/${await rejected(name)}`;
      const { page, assertQuiet } = await dashboard.open(context, { path: receipt, theme, language, width: 375 });
      const check = async (): Promise<void> => {
        await assertFits(page);
        await assertAccessible(page);
      };
      await page.getByRole("heading", { level: 2, name: words.wrong }).waitFor();
      await page.getByText("signature_missing", { exact: true }).waitFor();
      await check();
      await page.goto(`${dashboard.server.url}/sources`);
      await page.getByRole("heading", { level: 1, name: words.title }).waitFor();
      await page.getByRole("row", { name: new RegExp(name) }).waitFor();
      await check();
      if (language === "en") {
        await page.goto(`${dashboard.server.url}/sources/${name}?tab=settings`);
        await page.getByRole("group", { name: "Methods" }).waitFor();
        await check();
        await page.getByRole("tab", { name: "Secrets" }).click();
        await page.getByText("•••").waitFor();
        await check();
        await page.getByRole("tab", { name: "Copies" }).click();
        await page.getByText("None came").waitFor();
        await page.goto(`${dashboard.server.url}/sources/new?from=twilio`);
        await page.getByRole("heading", { level: 2, name: "Twilio" }).waitFor();
        await check();
      }
      if (language === "ru") {
        await page.goto(`${dashboard.server.url}/sources/new`);
        await page.getByRole("button", { name: /^GitHub/ }).waitFor();
        await check();
      }
      assertQuiet();
    });
  }
});
