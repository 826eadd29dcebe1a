/** The TypeScript of docs/receiver.md: it compiles, takes a webhook of GitHub's, and prints what it says. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { pathToFileURL } from "node:url";
import { eventually } from "../../src/testing/eventually.ts";
import { freePort } from "../../src/testing/free-port.ts";
import { deliver, sourceSecret } from "../flows/a-source.ts";
import { assertCompile, examplesOf } from "./typescript-examples.ts";

const root = join(import.meta.dirname, "../..");
const body = '{"ref":"refs/heads/main","repository":{"id":17,"full_name":"octo/site"}}';
const examples = await examplesOf("docs/receiver.md");

/** The kit's source in place of the package, so that nothing has to be built. */
const withSources = (code: string): string =>
  code.replace('"trotline/receiver"', `"${pathToFileURL(join(root, "src/receiver.ts"))}"`);

/** `…` stands for anything. */
const isLike = (line: string, expected: string): boolean =>
  expected.startsWith("…") ? line.endsWith(expected.slice(1)) : line === expected;

describe("the examples of docs/receiver.md", () => {
  let folder: string;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "trotline-receiver-examples-"));
    await symlink(join(root, "node_modules"), join(folder, "node_modules"));
  });
  after(() => rm(folder, { recursive: true, force: true }));

  it("compile as they stand", async () => {
    await assertCompile(folder, examples, {
      paths: { "trotline/receiver": ["src/receiver.ts"] },
      declarations: ["test/flows/express.d.ts"],
    });
  });

  assert.equal(examples.length, 6);
  for (const [index, { code, prints }] of examples.entries()) {
    if (prints.length === 0) continue;
    it(`print what they say: ${prints[0]}`, async (context) => {
      const cwd = join(folder, String(index));
      await mkdir(cwd);
      await writeFile(join(cwd, "example.ts"), withSources(code));
      const port = await freePort();
      const env = { ...process.env, GITHUB_SECRET: sourceSecret, PORT: String(port) };
      const child = spawn(process.execPath, ["example.ts"], { cwd, env, stdio: ["ignore", "pipe", "pipe"] });
      context.after(() => child.kill("SIGKILL"));
      let output = "";
      let errors = "";
      child.stdout.on("data", (chunk: Buffer) => {
        output += chunk.toString();
      });
      child.stderr.on("data", (chunk: Buffer) => {
        errors += chunk.toString();
      });
      const url = `http://127.0.0.1:${port}/in/github`;
      if (code.includes("PORT")) {
        await eventually("it takes a webhook", async () => {
          const answer = await deliver(url, { id: "of-the-example", body }).catch(() => null);
          return answer?.status === 200;
        });
      }
      const lines = await eventually(`${prints.length} lines, after ${errors}`, () => {
        const found = output.split("\n").slice(0, -1);
        return found.length >= prints.length && found;
      });
      for (const [at, expected] of prints.entries()) assert.ok(isLike(lines[at] ?? "", expected), `${lines} ${errors}`);
      assert.equal(lines.length, prints.length);
    });
  }
});
