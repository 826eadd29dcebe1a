/**
 * The repository checks itself: what it cites exists, what is generated is current, and nothing outgrows its budget.
 */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { generatedPages } from "../../scripts/generated-pages.ts";
import { errorCatalogue } from "../../src/core/errors.ts";

const root = join(import.meta.dirname, "../..");
const read = (path: string): string => readFileSync(join(root, path), "utf8");
const tracked = execFileSync("git", ["ls-files", "--cached", "--others", "--exclude-standard"], {
  cwd: root,
  encoding: "utf8",
})
  .split("\n")
  .filter((path) => path !== "" && existsSync(join(root, path)));
const documents = tracked.filter((path) => path.endsWith(".md"));
const code = tracked.filter((path) => /\.(ts|tsx|js|mjs)$/.test(path));

const linesMax = 300;
/** Files over the budget, each with its reason. */
const longFiles: Readonly<Record<string, string>> = {
  "src/core/errors.ts": "one table, a line or a few for each error; divided, no part would be complete",
  "src/core/limits.ts": "one table, a line for each limit",
};

describe("the repository", () => {
  for (const [path, text] of Object.entries(generatedPages())) {
    it(`has a current ${path} (npm run docs)`, () => assert.equal(read(path), text));
  }

  it("cites no path that does not exist", () => {
    const missing = documents.flatMap((document) => {
      const cited = [...read(document).matchAll(/`((?:src|test|bench|demo|docs|scripts|bin)\/[\w./*-]*)`/g)].map(
        (match) => match[1] ?? "",
      );
      const linked = [...read(document).matchAll(/\]\((?!https?:)([^)#]+)/g)].map((match) =>
        join(document, "..", match[1] ?? ""),
      );
      return [...cited, ...linked]
        .filter((path) => globSync(path.replace(/\/$/, ""), { cwd: root }).length === 0)
        .map((path) => `${document}: ${path}`);
    });
    assert.deepEqual(missing, []);
  });

  it("has no error code in its code that the catalogue does not know", () => {
    const known = new Set(Object.keys(errorCatalogue));
    const used = code
      .filter((path) => path.startsWith("src/"))
      .flatMap((path) => [...read(path).matchAll(/new TrotlineError\(\s*"([a-z-]+)"/g)].map((match) => match[1] ?? ""));
    assert.ok(used.length > 20);
    assert.deepEqual(
      used.filter((errorCode) => !known.has(errorCode)),
      [],
    );
  });

  it("has no code of the catalogue that nothing raises", () => {
    const sources = code.filter(
      (path) => path.startsWith("src/") && path !== "src/core/errors.ts" && !path.includes(".test."),
    );
    const text = sources.map(read).join("\n");
    assert.deepEqual(
      Object.keys(errorCatalogue).filter((errorCode) => !text.includes(`"${errorCode}"`)),
      [],
    );
  });

  it(`has no file over ${linesMax} lines without a stated reason`, () => {
    const long = code.filter((path) => path.startsWith("src/") && read(path).split("\n").length > linesMax + 1);
    assert.deepEqual(
      long.filter((path) => longFiles[path] === undefined),
      [],
    );
    assert.deepEqual(
      Object.keys(longFiles).filter((path) => !long.includes(path)),
      [],
      "reasons that are no longer needed",
    );
  });

  it("holds nothing that a server left behind", () => {
    const left = tracked.filter((path) => /(^|\/)trotline\.(db|lock|pid)/.test(path) || /\.db(-\w+)?$/.test(path));
    assert.deepEqual(left, []);
  });

  it("has no drawer among its files", () => {
    const drawers = code.filter((path) => /(^|\/)(utils?|helpers?|lib|common|types|misc)(\.|\/)/.test(path));
    assert.deepEqual(drawers, []);
  });

  it("has no line over 120 columns in its code, but for sentences and expressions that cannot be divided", () => {
    const wide = code
      .filter((path) => !path.startsWith("test/") && !path.includes(".test.") && !/^src\/ui\/.*texts\.ts$/.test(path))
      .flatMap((path) =>
        read(path)
          .split("\n")
          .flatMap((line, index) =>
            line.length > 120 && !/`|className=|^\s*\/\^/.test(line) ? [`${path}:${index + 1}`] : [],
          ),
      );
    assert.deepEqual(wide, []);
  });

  it("names no registry's host in its lock file", () => {
    assert.ok(!/"resolved"/.test(read("package-lock.json")));
  });
});
