/** The examples of the pages about commands and handlers, run as they stand. */
import assert from "node:assert/strict";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { it } from "node:test";
import { eventually } from "../../src/testing/eventually.ts";
import { aFolder, aScript } from "./a-command.ts";
import { aServer } from "./a-server.ts";
import { shell } from "./cli-run.ts";

const root = join(import.meta.dirname, "../..");
const blocksOf = (page: string, language: string): string[] =>
  [...readFileSync(join(root, page), "utf8").matchAll(new RegExp(`\`\`\`${language}\n([\\s\\S]*?)\`\`\``, "g"))].map(
    ([, code = ""]) => code,
  );

it("those of docs/commands.md do what they say", async (context) => {
  const folder = aFolder();
  const programs = join(folder, "programs");
  mkdirSync(programs);
  aScript(programs, "deploy", 'pwd; printf "[%s]" "$@"; echo "<$PUSHED_BY>"');
  const server = await aServer(context, { app: { allowCommands: [programs] } });
  const blocks = blocksOf("docs/commands.md", "sh");
  assert.equal(blocks.length, 3);
  for (const block of blocks) {
    const { data } = (await server.ask("GET /v1/endpoints")).body;
    const commands = block.replaceAll("ep_…", data.at(-1)?.id ?? "");
    const env = { TROTLINE: server.url, KEY: server.key };
    const run = shell(context, `set -e; cd '${folder}'\n${commands}`, { server, env, input: "" });
    assert.equal(await run.ended, 0, `${block}\n${run.errors()}`);
    assert.doesNotMatch(run.output(), /"code"/);
    assert.doesNotMatch(run.output(), /HTTP\/1\.1 [45]/);
  }
  const [byShell, byHttp] = (await server.ask("GET /v1/endpoints")).body.data;
  assert.deepEqual(byShell.command, byHttp.command);
  const attempt = await eventually("an attempt", async () => {
    return (await server.ask(`GET /v1/attempts?endpoint_id=${byShell.id}`)).body.data[0];
  });
  assert.equal(attempt.response_body, "/tmp\n[--branch=main][--][shop]<>\n");
});

it("that of docs/handlers.md prints what it says", async (context) => {
  const [code = "", ...others] = blocksOf("docs/handlers.md", "ts");
  assert.equal(others.length, 0);
  const file = join(aFolder(), "example.ts");
  writeFileSync(file, `${code.replace('"trotline"', JSON.stringify(join(root, "src/index.ts")))}\nvoid 0;\n`);
  const run = shell(context, `"${process.execPath}" "${file}"`, { input: "" });
  const [, printed = ""] = /\/\/ → (.*)/.exec(code) ?? [];
  assert.notEqual(printed, "");
  await eventually("it prints what it says", () => run.output().includes(printed));
  assert.equal(run.errors(), "");
  run.process.kill("SIGKILL");
});
