/** `trotline explain`: why a hook took a stored request, or did not. */
import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { it } from "node:test";
import { sendHook, startHooks } from "./a-hooks-server.ts";
import { aServer } from "./a-server.ts";
import { aFolder, trotlineEnded } from "./cli-run.ts";

const secret = "0f1e2d3c4b5a69788796a5b4c3d2e1f0";
const header = (name: string) => ({ source: "header", name });

async function aHooksFile(): Promise<string> {
  const file = join(aFolder(), "hooks.json");
  const rule = {
    and: [
      { match: { type: "payload-hmac-sha256", secret, parameter: header("X-Signature") } },
      { match: { type: "value", value: "main", parameter: { source: "payload", name: "branch" } } },
      { not: { match: { type: "value", value: "a-long-token", parameter: header("X-Token") } } },
    ],
  };
  const given = [{ source: "payload", name: "branch" }];
  const hook = {
    id: "deploy",
    "execute-command": "/bin/echo",
    "pass-arguments-to-command": given,
    "trigger-rule": rule,
  };
  await writeFile(file, JSON.stringify([hook]));
  return file;
}

it("a request that became an event is explained by the event's id", async (context) => {
  const server = await aServer(context);
  await server.ask("POST /v1/sources", { body: { name: "deploy", scheme: { unverified: true } } });
  const body = '{"branch":"dév", "n": 1.50}';
  const sent = await server.ask("POST /in/deploy", {
    raw: body,
    key: null,
    headers: {
      "content-type": "application/json",
      "x-signature": createHmac("sha256", secret).update(body).digest("hex"),
      "x-token": "whatever-it-is",
    },
  });
  assert.equal(sent.status, 200, sent.text);
  const { body: page } = await server.ask("GET /v1/events?types=deploy.*");
  const hooks = await aHooksFile();
  const run = await trotlineEnded(context, ["explain", page.data[0].id, "--hooks", hooks], { server });
  assert.equal(run.code, 0, run.errors);
  const [explained] = run.lines();
  assert.deepEqual([explained.hook_id, explained.decision, explained.status], ["deploy", "refuse", 200]);
  const parts = explained.tree.children;
  assert.deepEqual(
    parts.map((part: { matched: boolean | null }) => part.matched),
    [true, false, null],
  );
  assert.deepEqual([parts[1].value, parts[1].wanted], ["dév", "main"]);
  assert.match(explained.problems[0], /shows no credentials.*token/i);
  assert.ok(!run.output.includes(secret) && !run.output.includes("whatever-it-is"));
});

it("a request that a server of hooks took is explained by that server's own interface", async (context) => {
  const hooks = await aHooksFile();
  const key = "a_key_of_twenty_four_letters";
  const flags = ["-hooks", hooks, "--data", "memory", "--api-port", "0"];
  const server = await startHooks(context, flags, { env: { TROTLINE_ADMIN_KEY: key } });
  const url = /interface listens on (\S+)/.exec(server.log())?.[1] ?? "";
  const body = '{"branch":"main", "n": 1.50}';
  const signature = createHmac("sha256", secret).update(body).digest("hex");
  const headers = ["Content-Type", "application/json", "X-Signature", signature, "X-Token", "whatever-it-is"];
  const answer = await sendHook(server.port, { method: "POST", target: "/hooks/deploy?a=b", headers, body });
  assert.equal(answer.status, 200);
  const page = await fetch(`${url}/v1/events?after=earliest`, { headers: { authorization: `Bearer ${key}` } });
  const [event] = ((await page.json()) as { data: { id: string }[] }).data;
  const run = await trotlineEnded(context, ["explain", event?.id ?? "", "--hooks", hooks], { server: { url, key } });
  assert.equal(run.code, 0, run.errors);
  const [explained] = run.lines();
  assert.deepEqual([explained.hook_id, explained.decision, explained.status], ["deploy", "run", 200]);
  assert.deepEqual(explained.command.arguments, ["main"]);
  assert.equal(explained.tree.children[0].value, signature);
  assert.ok(!run.output.includes("whatever-it-is"));
});

it("a request in a file is explained, of any bytes", async (context) => {
  const hooks = await aHooksFile();
  const file = join(aFolder(), "request.json");
  const bytes = Buffer.concat([Buffer.from('{"branch":"main","x":"'), Buffer.of(0xff), Buffer.from('"}')]);
  const signature = createHmac("sha256", secret).update(bytes).digest("hex");
  const headers = [
    ["Content-Type", "application/json"],
    ["x-signature", `sha256=${signature}`],
    ["x-token", "another"],
  ];
  await writeFile(file, JSON.stringify({ target: "/x/deploy?y", headers, body_base64: bytes.toString("base64") }));
  const run = await trotlineEnded(context, ["explain", "--hooks", hooks, "--request", file]);
  assert.equal(run.code, 0, run.errors);
  assert.deepEqual(run.lines()[0].decision, "run");
  assert.deepEqual(run.lines()[0].command.arguments, ["main"]);
});

it("an id with a space behind a prefix of two parts is found, and a hidden parameter of the query is named", async (context) => {
  const folder = aFolder();
  const [hooks, request] = [join(folder, "hooks.json"), join(folder, "request.json")];
  const parameter = { source: "url", name: "token" };
  const rule = { match: { type: "value", value: "a-long-token", parameter } };
  const hook = { "execute-command": "/bin/true", "trigger-rule": rule };
  await writeFile(hooks, JSON.stringify(["b", "a b"].map((id) => ({ id, ...hook }))));
  await writeFile(request, JSON.stringify({ target: "/api/v1/a%20b?token=(hidden)" }));
  const run = await trotlineEnded(context, ["explain", "--hooks", hooks, "--request", request]);
  const [{ hook_id, problems }] = run.lines();
  assert.equal(hook_id, "a b", run.errors);
  assert.match(String(problems), /no credentials: what a rule says of token is not/);
});

it("what is missing, or means nothing, is said", async (context) => {
  const hooks = await aHooksFile();
  const file = join(aFolder(), "request.json");
  const told = async (args: readonly string[], content = "{}") => {
    await writeFile(file, content);
    const { code, errors } = await trotlineEnded(context, ["explain", ...args]);
    return `${code}: ${errors}`;
  };
  assert.match(await told(["evt_1"]), /^2: .*--hooks/);
  assert.match(await told(["--hooks", hooks]), /^2: .*--request/);
  assert.match(await told(["--hooks", hooks, "--request", file, "--hook", "none"]), /^1: .*`none`.*\n.*deploy/);
  assert.match(await told(["--hooks", hooks, "--request", file], "[]"), /^1: .*no JSON object/);
  assert.match(await told(["--hooks", hooks, "--request", file], '{"headers":{"a":"b"}}'), /^1: .*`headers`/);
  assert.match(await told(["--hooks", hooks, "--request", file], '{"body":1}'), /^1: .*`body` is no text/);
  assert.match(await told(["--hooks", file, "--request", file], "["), /^1: .*cannot be read/);
});
