/** The TypeScript of docs/receiver.md: it compiles, takes a webhook of GitHub's, and prints what it says. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { type AddressInfo, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { pathToFileURL } from "node:url";
import { eventually } from "../../src/testing/eventually.ts";
import { deliver, sourceSecret } from "../flows/a-source.ts";

const root = join(import.meta.dirname, "../..");
const body = '{"ref":"refs/heads/main","repository":{"id":17,"full_name":"octo/site"}}';
const text = await readFile(join(root, "docs/receiver.md"), "utf8");
const examples = [...text.matchAll(/```ts\n([\s\S]*?)```/g)].map(([, code = ""]) => code);
const printsOf = (code: string): string[] => [...code.matchAll(/\/\/ → (.*)$/gm)].map(([, line = ""]) => line.trim());

/** The kit's source in place of the package, so that nothing has to be built. */
const withSources = (code: string): string =>
  code.replace('"trotline/receiver"', `"${pathToFileURL(join(root, "src/receiver.ts"))}"`);

async function aFreePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

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
    const files = examples.map((_, index) => join(folder, `compiled-${index}.ts`));
    await Promise.all(examples.map((code, index) => writeFile(files[index] ?? "", code)));
    await writeFile(join(folder, "package.json"), '{"type":"module"}');
    const compilerOptions = {
      paths: { "trotline/receiver": [join(root, "src/receiver.ts")] },
      typeRoots: [join(root, "node_modules/@types")],
    };
    const express = join(root, "test/flows/express.d.ts");
    const settings = { extends: join(root, "tsconfig.json"), compilerOptions, include: [], files: [...files, express] };
    await writeFile(join(folder, "tsconfig.json"), JSON.stringify(settings));
    const child = spawn(join(root, "node_modules/.bin/tsc"), ["-p", folder], { stdio: ["ignore", "pipe", "inherit"] });
    let output = "";
    child.stdout.on("data", (chunk: Buffer) => {
      output += chunk.toString();
    });
    const [code] = await once(child, "exit");
    assert.equal(code, 0, output);
  });

  assert.equal(examples.length, 6);
  for (const [index, code] of examples.entries()) {
    const prints = printsOf(code);
    if (prints.length === 0) continue;
    it(`print what they say: ${prints[0]}`, async (context) => {
      const cwd = join(folder, String(index));
      await mkdir(cwd);
      await writeFile(join(cwd, "example.ts"), withSources(code));
      const port = await aFreePort();
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
