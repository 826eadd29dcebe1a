/** `trotline hooks` without `--compat`: what adnanh/webhook lets through, and this does not. */
import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { eventually } from "../../src/testing/eventually.ts";
import { sendHook, startedHooks, startHooks } from "./a-hooks-server.ts";
import { aFolder } from "./cli-run.ts";

const secret = "a secret of some length";
const signed = (body: string): string[] => [
  "X-Signature",
  `sha256=${createHmac("sha256", secret).update(body).digest("hex")}`,
];

/** A hook that is as it should be: signed, with a command that is there. */
const aHook = (members: object = {}) => ({
  id: "deploy",
  "execute-command": "/bin/echo",
  "pass-arguments-to-command": [{ source: "string", name: "ran" }],
  "include-command-output-in-response": true,
  "http-methods": ["POST"],
  "trigger-rule": {
    match: { type: "payload-hmac-sha256", secret, parameter: { source: "header", name: "X-Signature" } },
  },
  ...members,
});

/** Commands are lines of shell here. */
const shellHook = (line: string, members: object = {}) =>
  aHook({
    "execute-command": "/bin/sh",
    "pass-arguments-to-command": [
      { source: "string", name: "-c" },
      { source: "string", name: line },
    ],
    ...members,
  });

async function aFile(...hooks: object[]): Promise<string> {
  const file = join(aFolder(), "hooks.json");
  await writeFile(file, JSON.stringify(hooks));
  return file;
}

async function serving(context: TestContext, hooks: readonly object[], flags: readonly string[] = []) {
  const file = await aFile(...hooks);
  const server = await startHooks(context, ["-hooks", file, "--data", join(file, "../data"), ...flags]);
  const post = (body = "{}", headers: readonly string[] = signed(body), id = "deploy") =>
    sendHook(server.port, {
      method: "POST",
      target: `/hooks/${id}`,
      headers: ["Content-Type", "application/json", ...headers],
      body,
    });
  return { server, post, file };
}

async function refusal(context: TestContext, hooks: readonly object[], flags: readonly string[] = []): Promise<string> {
  const file = await aFile(...hooks);
  const started = startedHooks(context, ["-hooks", file, "--data", join(file, "../data"), ...flags]);
  assert.equal(await started.ended(), 1, started.log());
  return started.log();
}

describe("a server of hooks", () => {
  it("runs the command of a request that satisfies the rule, and answers what it wrote", async (context) => {
    const { post } = await serving(context, [aHook()]);
    const { status, body } = await post();
    assert.deepEqual([status, body.toString()], [200, "ran\n"]);
    const refused = await post("{}", signed("other"));
    assert.deepEqual([refused.status, refused.body.toString()], [500, "Error occurred while evaluating hook rules."]);
    assert.equal((await post("{}", [])).body.toString(), "Hook rules were not satisfied.");
    assert.equal((await post("{}", [], "nowhere")).status, 404);
  });

  it("answers at once where the output is not asked for, and runs the command all the same", async (context) => {
    const folder = aFolder();
    const hook = shellHook(
      `while [ -d ${folder} ] && ! [ -e ${folder}/go ]; do sleep 0.02; done; touch ${folder}/done`,
      {
        "include-command-output-in-response": false,
        "response-message": "on its way",
      },
    );
    const { post } = await serving(context, [hook]);
    assert.equal((await post()).body.toString(), "on its way");
    await writeFile(join(folder, "go"), "");
    await eventually("the command has run", () =>
      readFile(join(folder, "done"))
        .then(() => true)
        .catch(() => false),
    );
  });

  it("listens on the loopback address unless it is told another", async (context) => {
    const { server } = await serving(context, [aHook()]);
    assert.match(server.log(), /on http:\/\/127\.0\.0\.1:/);
    const opened = await serving(context, [aHook()], ["--allow", "any-address"]);
    assert.match(opened.server.log(), /on http:\/\/0\.0\.0\.0:/);
  });

  it("does not start with a hook without a rule, a key that means nothing, or a command that is missing", async (context) => {
    const cases: [object, string, RegExp][] = [
      [aHook({ "trigger-rule": undefined }), "no-rule", /hooks\.json.*deploy/],
      [aHook({ "response-mesage": "x" }), "unknown-keys", /response-message/],
      [aHook({ "execute-command": "/bin/nowhere" }), "missing-command", /\/bin\/nowhere/],
    ];
    for (const [hook, allowance, sentence] of cases) {
      const log = await refusal(context, [hook]);
      assert.match(log, sentence);
      assert.match(log, new RegExp(`--allow ${allowance}`));
      await serving(context, [hook], ["--allow", allowance]);
    }
  });

  it("does not start where a file cannot be read, or two files have the same id", async (context) => {
    const good = await aFile(aHook());
    assert.match(await refusal(context, [aHook()], ["-hooks", `${good}.nowhere`]), /nowhere: no such file/);
    assert.match(await refusal(context, [aHook()], ["-hooks", join(good, "..")]), /read \S+: is a directory/);
    assert.match(await refusal(context, [aHook()], ["-hooks", good]), /id deploy has already been loaded/);
  });

  it("does not write tokens of the query to its log", async (context) => {
    const rule = { match: { type: "value", value: "a-long-token", parameter: { source: "url", name: "token" } } };
    const { server, post } = await serving(context, [aHook({ "trigger-rule": rule })], ["-debug"]);
    const { body } = await post("{}", [], "deploy?a=b&token=a-long-token&c=d");
    assert.equal(body.toString(), "ran\n");
    await eventually("the request is logged", () => server.log().includes("a=b&token=(not shown)&c=d\n"));
    assert.ok(!server.log().includes("a-long-token"), server.log());
  });

  it("answers 500 where the command has gone since", async (context) => {
    const folder = aFolder();
    const program = join(folder, "program");
    await writeFile(program, "#!/bin/sh\necho ran\n", { mode: 0o755 });
    const hook = aHook({ "execute-command": program, "include-command-output-in-response": false });
    const { post } = await serving(context, [hook]);
    assert.equal((await post()).status, 200);
    await rm(program);
    assert.equal((await post()).status, 500);
  });

  it("takes bodies up to its limit", async (context) => {
    const { post, server } = await serving(context, [aHook()], ["--body-bytes-max", "100"]);
    assert.equal((await post(`"${"a".repeat(98)}"`)).status, 200);
    assert.equal((await post(`"${"a".repeat(99)}"`)).status, 413);
    const chunked = { method: "POST", target: "/hooks/deploy", body: "a".repeat(100_000), isChunked: true };
    const answer = await sendHook(server.port, chunked).then(
      ({ status }) => status,
      () => "cut off",
    );
    assert.ok(answer === 413 || answer === "cut off", String(answer));
  });

  it("verifies signatures of multipart bodies over their bytes, unless they may be unsigned", async (context) => {
    const [closed, open] = [
      await serving(context, [aHook()]),
      await serving(context, [aHook()], ["--allow", "unsigned-multipart"]),
    ];
    const body = '--b\r\nContent-Disposition: form-data; name="a"\r\n\r\n1\r\n--b--\r\n';
    const send = async ({ server }: typeof open, signature: readonly string[]) => {
      const headers = ["Content-Type", "multipart/form-data; boundary=b", ...signature];
      return (await sendHook(server.port, { method: "POST", target: "/hooks/deploy", headers, body })).status;
    };
    assert.equal(await send(closed, signed(body)), 200);
    assert.equal(await send(closed, signed("")), 500);
    assert.equal(await send(open, signed(body)), 500);
    assert.equal(await send(open, signed("")), 200);
  });

  it("gives commands an environment of a few names, unless the whole is allowed", async (context) => {
    const hook = shellHook("env", {
      "pass-environment-to-command": [{ source: "payload", name: "ref", envname: "REF" }],
    });
    const file = await aFile(hook);
    for (const flags of [[], ["--allow", "whole-environment"]]) {
      const data = join(file, `../data-${flags.length}`);
      const server = await startHooks(context, ["-hooks", file, "--data", data, ...flags], {
        env: { TOKEN: "private" },
      });
      const body = '{"ref":"main"}';
      const headers = ["Content-Type", "application/json", ...signed(body)];
      const answer = await sendHook(server.port, { method: "POST", target: "/hooks/deploy", headers, body });
      const text = answer.body.toString();
      assert.match(text, /^REF=main$/m);
      assert.match(text, /^PATH=/m);
      assert.equal(/^TOKEN=private$/m.test(text), flags.length > 0, text);
    }
  });

  it("keeps to itself what a failed command wrote, unless that is allowed too", async (context) => {
    const hook = shellHook("echo password; exit 1", { "include-command-output-in-response-on-error": true });
    const closed = await (await serving(context, [hook])).post();
    assert.equal(closed.status, 500);
    assert.match(closed.body.toString(), /^Error occurred while executing the hook's command/);
    const open = await (await serving(context, [hook], ["--allow", "command-errors"])).post();
    assert.deepEqual([open.status, open.body.toString()], [500, "password\n"]);
  });

  it("ends a command whose time is up, with all that it started", async (context) => {
    const folder = aFolder();
    const line = `trap '' TERM; (trap '' TERM; sleep 60) & echo $! > ${folder}/pid; wait; sleep 60`;
    const { post } = await serving(context, [shellHook(line)], ["--timeout-ms", "300"]);
    assert.equal((await post()).status, 500);
    const pid = Number(await readFile(join(folder, "pid"), "utf8"));
    await eventually("the grandchild is gone", async () => {
      const state = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => "gone");
      return state === "gone" || state.includes(") Z ");
    });
  });

  it("runs as many commands of a hook at once as it is told, and refuses what would wait too long", async (context) => {
    const folder = aFolder();
    const line = `echo >> ${folder}/started; while [ -d ${folder} ] && ! [ -e ${folder}/go ]; do sleep 0.02; done; echo ran`;
    const { post } = await serving(context, [shellHook(line)], ["--concurrency", "2", "--queue", "3"]);
    const started = async () => (await readFile(join(folder, "started"), "utf8").catch(() => "")).length;
    const first = [post(), post(), post()];
    await eventually("two have started", async () => (await started()) === 2);
    const refused = await eventually("the queue is full", async () => {
      const answer = await Promise.race([post(), new Promise<null>((resolve) => setTimeout(resolve, 200, null))]);
      return answer?.status === 503 ? answer : false;
    });
    assert.equal(refused.headers["retry-after"], "5");
    assert.equal(await started(), 2);
    await writeFile(join(folder, "go"), "");
    assert.deepEqual(
      (await Promise.all(first)).map(({ status }) => status),
      [200, 200, 200],
    );
  });

  it("runs with `--compat` as many at once as there are", async (context) => {
    const folder = aFolder();
    const many = 24;
    const line = `echo >> ${folder}/started; while [ -d ${folder} ] && [ $(wc -l < ${folder}/started) -lt ${many} ]; do sleep 0.05; done; echo ran`;
    const { post } = await serving(context, [shellHook(line)], ["--compat", "-verbose"]);
    const answers = await Promise.all(Array.from({ length: many }, () => post()));
    assert.deepEqual([...new Set(answers.map(({ body }) => body.toString()))], ["ran\n"]);
  });

  it("runs the next request after ten that failed", async (context) => {
    const { post } = await serving(context, [shellHook('exit "$0"'), aHook({ id: "other" })], ["--concurrency", "1"]);
    for (let number = 0; number < 12; number++) assert.equal((await post()).status, 500);
    assert.equal((await post("{}", signed("{}"), "other")).status, 200);
  });

  it("shows what came and what became of it in Trotline's own interface, where that is asked for", async (context) => {
    const key = "a_key_of_twenty_four_letters";
    const file = await aFile(shellHook("env; exit 3"), aHook({ id: "a/b" }));
    const flags = ["-hooks", file, "--data", join(file, "../data"), "--api-port", "0", "--allow", "whole-environment"];
    const server = await startHooks(context, flags, { env: { TROTLINE_ADMIN_KEY: key } });
    const url = /interface listens on (\S+)/.exec(server.log())?.[1] ?? "";
    const body = '{"ref":"main"}';
    const headers = ["Content-Type", "application/json", ...signed(body)];
    for (const id of ["deploy", "a/b"]) {
      await sendHook(server.port, { method: "POST", target: `/hooks/${id}`, headers, body });
    }
    const read = async (path: string) => {
      const answer = await fetch(url + path, { headers: { authorization: `Bearer ${key}` } });
      return ((await answer.json()) as { data: Record<string, unknown>[] }).data;
    };
    const attempts = await eventually("both attempts are kept", async () => {
      const found = await read("/v1/attempts");
      return found.length === 2 ? found : false;
    });
    const failed = attempts.find(({ error_class }) => error_class === "exit_status");
    assert.equal(failed?.status, 3);
    assert.match(String(failed?.response_body), /^PATH=/m);
    assert.ok(!String(failed?.response_body).includes(key), "the key was passed on");
    const events = await read("/v1/events?after=earliest");
    assert.deepEqual(
      events.map(({ data }) => data),
      [{ ref: "main" }, { ref: "main" }],
    );
    assert.deepEqual(
      events.map(({ type }) => String(type).replace(/[0-9a-f]{12}$/, "…")),
      ["hooks.deploy", "hooks.a_b-…"],
    );
  });
});
