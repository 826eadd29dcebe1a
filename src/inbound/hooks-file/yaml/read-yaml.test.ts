import assert from "node:assert/strict";
import { it } from "node:test";
import fc from "fast-check";
import { goFloatText } from "../go-float.ts";
import { type FileNode, UnreadableFile } from "./file-node.ts";
import { readYaml } from "./read-yaml.ts";

function plain(node: FileNode | null): unknown {
  if (node === null) return undefined;
  if (node.kind === "list") return node.items.map(plain);
  if (node.kind === "scalar") return typeof node.value === "bigint" ? Number(node.value) : node.value;
  return Object.fromEntries([...node.entries].map(([key, { value }]) => [key, plain(value)]));
}

const read = (text: string): unknown => plain(readYaml(text));
const placeOf = (text: string): unknown => {
  try {
    readYaml(text);
    return null;
  } catch (error) {
    assert.ok(error instanceof UnreadableFile);
    return error.place;
  }
};

it("unquoted texts mean what YAML 1.1 has them mean", () => {
  for (const [text, value] of [
    ["yes", true],
    ["Off", false],
    ["y", true],
    ["~", null],
    ["", null],
    ["Null", null],
    ["010", 8],
    ["0o17", 15],
    ["0x1F", 31],
    ["-0b11", -3],
    ["1_000", 1000],
    ["08", 8],
    ["1e3", "1e3"],
    ["1e+3", 1000],
    ["1.", "1."],
    [".5", 0.5],
    ["+.inf", Number.POSITIVE_INFINITY],
    ["20:30", "20:30"],
    ["2001-01-01", "2001-01-01"],
    ["18446744073709551615", 18_446_744_073_709_552_000],
    ["yEs", "yEs"],
    ["'yes'", "yes"],
    ['"010"', "010"],
    ["!!str 010", "010"],
    ["!!int '7'", 7],
    ["!!binary aGk=", "hi"],
    ["!own yes", "yes"],
    ["! yes", "yes"],
  ] as const) {
    assert.deepEqual(read(`- ${text}\n`), [value], text);
  }
  assert.throws(() => read("- !!int x\n"), UnreadableFile);
  assert.throws(() => read("- !!float 3\n"), UnreadableFile);
});

it("JSON is what it is everywhere, but for what YAML 1.1 reads otherwise", () => {
  const text = fc.string({ unit: "grapheme-ascii" }).filter((value) => /^[ -~]*$/.test(value));
  const value = fc
    .jsonValue({ depthSize: "small", stringUnit: "grapheme-ascii" })
    .filter((json) => !/[\\]/.test(JSON.stringify(json)));
  fc.assert(
    fc.property(value, text, fc.constantFrom(undefined, 2, "\t"), (json, key, indent) => {
      const whole = [json, { [key === "__proto__" ? "key" : key]: 1.5 }];
      const written = JSON.stringify(whole, null, indent);
      if (/\\|e[+-]?\d|__proto__|-0/.test(written)) return;
      assert.deepEqual(read(written), JSON.parse(written));
    }),
  );
});

it("keys are texts, whatever they were, and the last of equal ones counts", () => {
  assert.deepEqual(read("yes: 1\n1.50: 2\n010: 3\n.nan: 4\n"), { true: 1, "1.5": 2, "8": 3, ".nan": 4 });
  assert.deepEqual(read("a: 1\nb: 2\na: 3\n"), { a: 3, b: 2 });
  assert.throws(() => read("~: 1\n"), UnreadableFile);
  assert.throws(() => read("? [a]\n: 1\n"), UnreadableFile);
});

it("what is merged stands where the merge stands", () => {
  assert.deepEqual(read("- &m {a: 1, b: 1}\n- {<<: *m, a: 2}\n- {a: 2, <<: *m}\n"), [
    { a: 1, b: 1 },
    { a: 2, b: 1 },
    { a: 1, b: 1 },
  ]);
  assert.deepEqual(read("- <<: [{a: 1}, {a: 2, b: 2}]\n"), [{ a: 1, b: 2 }]);
  assert.deepEqual(read('- "<<": {a: 1}\n'), [{ "<<": { a: 1 } }]);
  assert.throws(() => read("- <<: x\n"), UnreadableFile);
});

it("an alias is what its name stands for last, also before it was said", () => {
  assert.deepEqual(read("- *a\n- &a x\n- &a z\n"), ["z", "x", "z"]);
  assert.throws(() => read("- *none\n"), /unknown anchor/);
  assert.throws(() => read("- &a [*a]\n"), /contains itself/);
});

it("aliases of aliases do not fill the memory", () => {
  const lines = Array.from({ length: 30 }, (_, index) => `- &a${index + 1} [*a${index}, *a${index}, *a${index}]`);
  assert.throws(() => read(`- &a0 [x, x, x]\n${lines.join("\n")}\n`), /excessive aliasing/);
});

it("a file of many hooks is read whole", () => {
  const hooks = Array.from({ length: 30_000 }, (_, index) => ({ id: `h${index}`, "execute-command": "/bin/true" }));
  const tree = readYaml(JSON.stringify(hooks));
  assert.equal(tree?.kind === "list" && tree.items.length, hooks.length);
});

it("what the other reader refuses is refused", () => {
  assert.throws(() => read('["\\ud83d\\ude00"]'), /no escape/);
  assert.throws(() => read('["a\\/b"]'), /no escape/);
  assert.throws(() => read("[a:b]"), /quotes/);
  assert.throws(() => read("- \u0007\n"), /control characters/);
  assert.throws(() => read("- \udcff\n"), /UTF-8/);
  assert.throws(() => read("%YAML 1.2\n---\n- a\n"), /1\.2/);
});

it("`\\'`, which the `js` of templates writes, is a quote", () => {
  assert.deepEqual(read(`["it\\'s", "\\'\\\\'"]`), ["it's", "'\\'"]);
});

it("only the first document counts, and an empty one is nothing", () => {
  assert.deepEqual(read("- a\n---\n- b\n"), ["a"]);
  assert.equal(read(""), undefined);
  assert.equal(read("# nothing\n"), undefined);
  assert.deepEqual(read("\ufeff- a\n"), ["a"]);
});

it("mistakes have their place", () => {
  assert.deepEqual(placeOf("- a: 1\n  b: [\n"), { line: 3, column: 1 });
  assert.deepEqual(placeOf("- id: x\n- id: *none\n"), { line: 2, column: 7 });
});

it("floats of 32 bits are written as Go writes them", () => {
  for (const [value, text] of [
    [1.1, "1.1"],
    [100_000, "100000"],
    [1_000_000, "1e+06"],
    [12_345_678, "1.2345678e+07"],
    [16_777_217.5, "1.6777218e+07"],
    [0.0001, "0.0001"],
    [0.00001, "1e-05"],
    [2.345678901, "2.3456788"],
    [1e40, "+Inf"],
    [-0, "-0"],
  ] as const) {
    assert.equal(goFloatText(value, 32), text);
  }
});
