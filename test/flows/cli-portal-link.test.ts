/** `trotline portal-link`, the options of the portal, and the examples of its page. */
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { it } from "node:test";
import { aServer } from "./a-server.ts";
import { aFolder, shell, trotlineEnded } from "./cli-run.ts";

it("a link is made for a tenant, and works", async (context) => {
  const server = await aServer(context);
  const args = ["portal-link", "--tenant", "acme", "--expires-in", "2h", "--name", "for Mira"];
  const { code, errors, lines } = await trotlineEnded(context, args, { server });
  assert.deepEqual([code, errors], [0, ""]);
  const [link] = lines();
  assert.equal(link.url, `${server.url}/portal#token=${link.token}`);
  assert.ok(Math.abs(Date.parse(link.expires_at) - Date.now() - 7_200_000) < 60_000, link.expires_at);
  const { key } = (await server.ask("GET /v1/session", { key: link.token })).body;
  assert.deepEqual([key.name, key.tenant, key.id], ["for Mira", "acme", link.key_id]);
  const refused = await trotlineEnded(context, ["portal-link", "--expires-in", "10s"], { server });
  assert.equal(refused.code, 2);
});

it("what the portal cannot look like is refused, and so is a site that is none", async (context) => {
  const wrong: [string, string][] = [
    ["--portal-colour", "red"],
    ["--portal-colour", "#12345"],
    ["--portal-logo", "https://example.com/logo.png"],
    ["--portal-logo", "//example.com/logo.png"],
    ["--portal-logo", "data:text/html;base64,PGI+"],
    ["--portal-name", "x".repeat(65)],
    ["--portal-origins", "https://app.example.com/"],
    ["--portal-origins", "https://*.example.com"],
    ["--portal-origins", "https://a.example.com; script-src *"],
    ["--portal-origins", "app.example.com"],
  ];
  const runs = wrong.map(async ([flag, value]) => {
    const { code, errors } = await trotlineEnded(context, ["config", flag, value]);
    assert.notEqual(code, 0, `${flag} ${value}`);
    assert.match(errors, /config-invalid-value/);
  });
  await Promise.all(runs);
});

it("the examples of docs/portal.md do what they say", async (context) => {
  const server = await aServer(context);
  const page = await readFile(new URL("../../docs/portal.md", import.meta.url), "utf8");
  const blocks = [...page.matchAll(/```sh\n([^`]*)```/g)].map((match) => match[1] ?? "");
  assert.equal(blocks.length, 3);
  const environment = `TROTLINE='${server.url}'; KEY='${server.key}'`;
  for (const block of blocks) {
    const run = shell(context, `set -e; cd '${aFolder()}'; ${environment}\n${block}`, { server });
    assert.equal(await run.ended, 0, `${block}\n${run.errors()}`);
  }
});
