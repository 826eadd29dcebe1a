/** `trotline check` and the page about hooks files. */
import assert from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { before, describe, it } from "node:test";
import { allowances } from "../../src/inbound/hooks-file/allowances.ts";
import { findingKinds } from "../../src/inbound/hooks-file/check/finding-table.ts";
import { matchTypes, valueSources } from "../../src/inbound/hooks-file/hook.ts";
import { hookShape, type Shape } from "../../src/inbound/hooks-file/hook-shape.ts";
import { aFolder, noTerminal, onTerminal, trotlineEnded } from "./cli-run.ts";

const good = {
  id: "good",
  "execute-command": "/bin/true",
  "trigger-rule-mismatch-http-response-code": 403,
  "trigger-rule": {
    match: {
      type: "payload-hmac-sha256",
      secret: "0f1e2d3c4b5a69788796a5b4c3d2e1f0",
      parameter: { source: "header", name: "X-Signature" },
    },
  },
};

it("a good file is good, and a bad one is told about by place and exit code", async (context) => {
  const folder = aFolder();
  const file = join(folder, "hooks.json");
  await writeFile(file, JSON.stringify([good]));
  assert.deepEqual(await trotlineEnded(context, ["check", file]).then(({ code, output }) => [code, output]), [
    0,
    `${file}: 1 hook, 0 errors, 0 warnings.\n`,
  ]);
  await writeFile(file, JSON.stringify([{ ...good, "execute-command": "/no/such/program" }], null, 2));
  const bad = await trotlineEnded(context, ["check", file, "--json"]);
  assert.equal(bad.code, 1);
  const [finding] = bad.lines();
  assert.deepEqual(
    [finding.code, finding.severity, finding.line, finding.column, finding.hook_id, finding.allowance],
    ["missing-command", "error", 4, 24, "good", "missing-command"],
  );
});

it("what is allowed is a warning, and with --compat nothing that can be read is an error", async (context) => {
  const folder = aFolder();
  const file = join(folder, "hooks.yaml");
  await writeFile(file, "- id: open\n  execute-command: /bin/true\n");
  assert.equal((await trotlineEnded(context, ["check", file])).code, 1);
  const allowed = await trotlineEnded(context, ["check", file, "--allow", "no-rule", "--json"]);
  assert.equal(allowed.code, 0);
  assert.deepEqual(
    allowed.lines().map(({ code, severity }) => [code, severity]),
    [
      ["no-rule", "warning"],
      ["any-method", "warning"],
    ],
  );
  assert.equal((await trotlineEnded(context, ["check", file, "--compat"])).code, 0);
  const unknown = await trotlineEnded(context, ["check", file, "--allow", "no-rules"]);
  assert.equal(unknown.code, 2);
  assert.match(unknown.errors, /Did you mean `no-rule`\?/);
});

it("an id of two files is an error of the second", async (context) => {
  const folder = aFolder();
  const files = [join(folder, "a.json"), join(folder, "b.json")];
  for (const file of files) await writeFile(file, JSON.stringify([good]));
  const { code, lines } = await trotlineEnded(context, ["check", "--compat", "--json", ...files]);
  assert.equal(code, 1);
  const errors = lines().filter(({ severity }) => severity === "error");
  assert.deepEqual(
    errors.map((finding) => [finding.file, finding.code]),
    [[files[1], "repeated-id"]],
  );
});

it("a template is run with the environment before it is read", async (context) => {
  const folder = aFolder();
  const file = join(folder, "hooks.tmpl");
  await writeFile(file, JSON.stringify([{ ...good, id: "ID" }]).replace("ID", '{{ getenv "HOOK_ID" | js }}'));
  const run = (env: Record<string, string>) => trotlineEnded(context, ["check", "--template", file], { env });
  assert.match((await run({ HOOK_ID: "x" })).output, /1 hook, 0 errors, 0 warnings/);
  assert.match((await run({})).output, /error no-id/);
  await writeFile(file, "{{ none }}");
  assert.match((await run({})).output, /:1:\d+: error unreadable: .*function "none" not defined/);
});

it("a file that is not there is said to be so", async (context) => {
  const { code, errors } = await trotlineEnded(context, ["check", "/no/such/file.json"]);
  assert.equal(code, 1);
  assert.match(errors, /there is no such file/);
});

it("what is typed wrong is no finding, and is not compared with the server's options", async (context) => {
  for (const [args, text] of [
    [[], /`check` needs <files>/],
    [["--templat", "hooks.json"], /`check` has no option --templat\. Did you mean `--template`/],
    [["--port", "1", "hooks.json"], /`check` has no option --port/],
  ] as const) {
    const { code, errors } = await trotlineEnded(context, ["check", ...args]);
    assert.equal(code, 2, errors);
    assert.match(errors, text);
  }
});

describe("docs/hooks-files.md", () => {
  let page: string;
  before(async () => {
    page = await readFile(new URL("../../docs/hooks-files.md", import.meta.url), "utf8");
  });

  it("names every key, source, type, allowance and finding, each as it is", () => {
    const keys = (shape: Shape): string[] => (shape.kind === "object" ? [...shape.keys.keys()] : []);
    const names = [...keys(hookShape), ...valueSources, ...matchTypes.filter((type) => !/hash/.test(type))];
    for (const name of names) assert.ok(page.includes(`\`${name}\``), name);
    for (const { name, sentence } of allowances) assert.ok(page.includes(`| \`${name}\` | ${sentence} |`), name);
    for (const [code, { severity, allowance, compat }] of Object.entries(findingKinds)) {
      const name = allowance === null ? "–" : `\`${allowance}\``;
      assert.ok(page.includes(`| \`${code}\` | ${severity} | ${name} | ${compat} |`), code);
    }
  });

  it("shows what its examples print", { skip: noTerminal }, async (context) => {
    const folder = aFolder();
    const [hooks = "", request = ""] = [...page.matchAll(/```json\n([\s\S]*?)```/g)].map((found) => found[1] ?? "");
    await writeFile(join(folder, "hooks.json"), hooks);
    await writeFile(join(folder, "request.json"), request);
    const examples = [...page.matchAll(/```sh\ntrotline (.*)\n```\n\n```text\n([\s\S]*?)```/g)];
    assert.equal(examples.length, 2);
    for (const [, command = "", printed] of examples) {
      const inFolder = command.split(" ").map((word) => (word.endsWith(".json") ? join(folder, word) : word));
      const run = onTerminal(context, inFolder);
      assert.notEqual(await run.ended, 2);
      assert.equal(run.output().replaceAll("\r", "").replaceAll(`${folder}/`, ""), printed);
    }
  });
});
