/** The TypeScript of a page: taken out of it, and compiled. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";

const root = join(import.meta.dirname, "../..");

export interface Example {
  readonly code: string;
  /** The lines that it says it prints, in this order. */
  readonly prints: readonly string[];
}

export async function examplesOf(page: string): Promise<Example[]> {
  const text = await readFile(join(root, page), "utf8");
  return [...text.matchAll(/```ts\n([\s\S]*?)```/g)].map(([, code = ""]) => ({
    code,
    prints: [...code.matchAll(/\/\/ → (.*)$/gm)].map(([, line = ""]) => line.trim()),
  }));
}

export interface Compilation {
  /** By the name of a module: the sources that stand for it, below the repository. */
  readonly paths: Readonly<Record<string, readonly string[]>>;
  /** Files of the repository that declare what packages do not. */
  readonly declarations?: readonly string[];
}

/** Compiles them as they stand, as strictly as the repository itself. */
export async function assertCompile(folder: string, examples: readonly Example[], how: Compilation): Promise<void> {
  const files = examples.map((_, index) => join(folder, `compiled-${index}.ts`));
  await Promise.all(examples.map(({ code }, index) => writeFile(files[index] ?? "", code)));
  await writeFile(join(folder, "package.json"), '{"type":"module"}');
  const here = (path: string): string => join(root, path);
  const paths = Object.fromEntries(Object.entries(how.paths).map(([name, places]) => [name, places.map(here)]));
  const settings = {
    extends: here("tsconfig.json"),
    compilerOptions: { paths, typeRoots: [here("node_modules/@types")] },
    include: [],
    files: [...files, ...(how.declarations ?? []).map(here)],
  };
  await writeFile(join(folder, "tsconfig.json"), JSON.stringify(settings));
  const child = spawn(here("node_modules/.bin/tsc"), ["-p", folder], { stdio: ["ignore", "pipe", "inherit"] });
  let output = "";
  child.stdout.on("data", (chunk: Buffer) => {
    output += chunk.toString();
  });
  const [code] = await once(child, "exit");
  assert.equal(code, 0, output);
}
