/** How endpoints sign, from the command line: set, shown, rotated; no secret is ever a flag. */
import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { it } from "node:test";
import { aServer } from "./a-server.ts";
import { aFolder, trotlineEnded } from "./cli-run.ts";

const url = "http://127.0.0.1:9/";

it("a scheme is set by its name or as JSON, with a secret from a file", async (context) => {
  const server = await aServer(context);
  const file = join(aFolder(), "secret");
  await writeFile(file, "the secret of long ago\n");
  const run = (...args: string[]) => trotlineEnded(context, ["endpoints", ...args], { server });
  const made = await run("create", url, "--signing", "github", "--secret-file", file);
  assert.equal(made.code, 0, made.errors);
  const [endpoint] = made.lines();
  assert.deepEqual([endpoint.signing.scheme, endpoint.secrets], ["github", ["the secret of long ago"]]);
  const signing = { scheme: "hmac", header: "X-Hub-Signature", algorithm: "sha1", template: "sha1={signature}" };
  const changed = await run("update", endpoint.id, "--signing", JSON.stringify(signing));
  assert.equal(changed.lines()[0].signing.template, "sha1={signature}");
  const { secrets } = (await server.ask(`GET /v1/endpoints/${endpoint.id}/secrets`)).body;
  assert.deepEqual(secrets, ["the secret of long ago"]);
});

it("rotate-secret prints the new secret, and the old one with its end", async (context) => {
  const server = await aServer(context);
  const { id, secrets } = (await server.ask("POST /v1/endpoints", { body: { url } })).body;
  const run = (...args: string[]) => trotlineEnded(context, ["endpoints", "rotate-secret", id, ...args], { server });
  const [rotated] = (await run("--grace", "1h")).lines();
  assert.match(rotated.secrets[0], /^whsec_/);
  assert.equal(rotated.retiring[0].secret, secrets[0]);
  assert.ok(Date.parse(rotated.retiring[0].expires_at) > Date.now());
  const file = join(aFolder(), "secret");
  const own = `whsec_${btoa("a secret of my own choice")}`;
  await writeFile(file, `${own}\n`);
  const [chosen] = (await run("--secret-file", file, "--grace", "0s")).lines();
  assert.deepEqual(chosen, { secrets: [own], retiring: [] });
});

it("what cannot be meant is said before anything is asked", async (context) => {
  const server = await aServer(context);
  const folder = aFolder();
  await writeFile(join(folder, "empty"), " \n");
  await writeFile(join(folder, "long"), "x".repeat(300));
  const cases: [args: string[], sentence: RegExp][] = [
    [["--signing", "md5"], /--signing takes standard-webhooks, /],
    [["--signing", "{"], /--signing is not JSON/],
    [["--secret-file", join(folder, "none")], /cannot be read/],
    [["--secret-file", join(folder, "empty")], /is empty/],
    [["--secret-file", join(folder, "long")], /too long/],
  ];
  for (const [args, sentence] of cases) {
    const ended = await trotlineEnded(context, ["endpoints", "create", url, ...args], { server });
    assert.equal(ended.code, 2, args.join(" "));
    assert.match(ended.errors, sentence);
  }
  assert.deepEqual((await server.ask("GET /v1/endpoints")).body.data, []);
});
