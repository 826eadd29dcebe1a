/** `trotline keys`: made, listed, rotated and revoked, and the examples of its page. */
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { it } from "node:test";
import { aServer } from "./a-server.ts";
import { aFolder, noTerminal, onTerminal, shell, trotlineEnded } from "./cli-run.ts";

it("a key is made, shown, listed, rotated and revoked", async (context) => {
  const server = await aServer(context);
  const run = async (...args: string[]) => {
    const { code, errors, lines } = await trotlineEnded(context, ["keys", ...args], { server });
    assert.deepEqual([code, errors], [0, ""], args.join(" "));
    return lines();
  };
  const settings = ["--scopes", "publish,read", "--tenant", "acme", "--expires-at", "2099-01-01T00:00:00Z"];
  const [made] = await run("create", "billing", ...settings);
  assert.match(made.key, /^trot_/);
  assert.deepEqual(
    [made.scopes, made.tenant, made.expires_at],
    [["publish", "read"], "acme", "2099-01-01T00:00:00.000Z"],
  );
  const [shown] = await run("get", made.id);
  assert.deepEqual([shown.name, shown.key], ["billing", undefined]);
  assert.deepEqual(
    (await run("list", "--tenant", "acme")).map(({ id }) => id),
    [made.id],
  );
  const [rotated] = await run("rotate", made.id, "--grace", "1h");
  assert.notEqual(rotated.key, made.key);
  for (const key of [made.key, rotated.key]) assert.equal((await server.ask("GET /v1/events", { key })).status, 200);
  const [again] = await run("rotate", made.id);
  assert.equal((await server.ask("GET /v1/events", { key: rotated.key })).status, 401);
  assert.deepEqual(await run("revoke", made.id), []);
  assert.equal((await server.ask("GET /v1/events", { key: again.key })).status, 401);
});

it("what cannot be meant is said before the server is asked, and what it refuses has its code", async (context) => {
  const server = await aServer(context);
  const run = (...args: string[]) => trotlineEnded(context, ["keys", ...args], { server });
  assert.equal((await run("create", "x")).code, 2);
  assert.equal((await run("rotate", "key_x", "--grace", "soon")).code, 2);
  const refused = await run("create", "x", "--scopes", "root");
  assert.equal(refused.code, 1);
  assert.match(refused.errors, /invalid-body/);
  const [{ id }] = (await run("list")).lines();
  const last = await run("revoke", id);
  assert.deepEqual([last.code, /key-last-admin/.test(last.errors)], [1, true]);
});

it("a terminal shows the key once, when it is made", { skip: noTerminal }, async (context) => {
  const server = await aServer(context);
  const made = onTerminal(context, ["keys", "create", "billing", "--scopes", "read"], { server });
  assert.equal(await made.ended, 0, made.output());
  assert.match(made.output(), /trot_/);
  const listed = onTerminal(context, ["keys", "list"], { server });
  assert.equal(await listed.ended, 0);
  assert.match(listed.output(), /billing/);
  assert.doesNotMatch(listed.output(), /trot_/);
});

it("the examples of docs/keys.md do what they say", async (context) => {
  const server = await aServer(context);
  const page = await readFile(new URL("../../docs/keys.md", import.meta.url), "utf8");
  const blocks = [...page.matchAll(/```sh\n([^`]*)```/g)].map((match) => match[1] ?? "");
  const commands = blocks.filter((block) => block.includes("trotline "));
  assert.equal(commands.length, 1);
  const folder = aFolder();
  const run = shell(context, `set -e; cd '${folder}'\n${commands.join("\n")}`, { server });
  assert.equal(await run.ended, 0, run.errors());
});
