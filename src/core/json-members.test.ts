import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { type ByteRange, JsonSyntaxError, objectMembers, skipSpace, skipValue, visitItems } from "./json-members.ts";

const numRuns = Number(process.env.TEST_PROPERTY_RUNS ?? 100) * 20;
const depthMax = 64;
const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);
const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
const textOf = (bytes: Uint8Array, range: ByteRange): string => decoder.decode(bytes.subarray(range.start, range.end));

/** True when the bytes are one JSON value and nothing but white space beside it. */
function isAccepted(bytes: Uint8Array): boolean {
  try {
    const end = skipValue(bytes, skipSpace(bytes, 0), depthMax);
    return skipSpace(bytes, end) === bytes.length;
  } catch (error) {
    assert.ok(error instanceof JsonSyntaxError, `${error}`);
    assert.ok(error.offset >= 0 && error.offset <= bytes.length, `offset ${error.offset} of ${bytes.length}`);
    return false;
  }
}

function parses(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

// JSON text in every way of writing it, not only as JSON.stringify does.
const space = fc.stringMatching(/^[ \n\r\t]{0,2}$/);
const spaced = (text: fc.Arbitrary<string>): fc.Arbitrary<string> =>
  fc.tuple(space, text, space).map((parts) => parts.join(""));
const character = fc.oneof(
  { weight: 6, arbitrary: fc.stringMatching(/^[ !#-[\]-~]$/) },
  fc.constantFrom('\\"', "\\\\", "\\/", "\\b", "\\f", "\\n", "\\r", "\\t", "\u007f", "\u2028", "é", "漢", "😀"),
  fc.stringMatching(/^\\u[0-9a-fA-F]{4}$/),
);
const string = fc.array(character, { maxLength: 6 }).map((characters) => `"${characters.join("")}"`);
const number = fc.oneof(
  fc.stringMatching(/^-?(0|[1-9][0-9]{0,20})(\.[0-9]{1,4})?([eE][+-]?[0-9]{1,3})?$/),
  fc.constantFrom("0", "-0", "12345678901234567890", "1e400", "-1.5E-7"),
);
const key = fc.oneof(string, fc.constantFrom('"a"', '"b"', '"a"', '"__proto__"', '"\\u0061"', '""'));
const { value } = fc.letrec<{ value: string; member: string; object: string; array: string }>((tie) => ({
  value: spaced(
    fc.oneof(
      { depthSize: "small", withCrossShrink: true },
      fc.constantFrom("true", "false", "null"),
      number,
      string,
      tie("object"),
      tie("array"),
    ),
  ),
  member: fc.tuple(spaced(key), tie("value")).map(([name, content]) => `${name}:${content}`),
  object: fc.oneof(
    fc.array(tie("member"), { maxLength: 4 }).map((members) => `{${members.join(",")}}`),
    space.map((between) => `{${between}}`),
  ),
  array: fc.oneof(
    fc.array(tie("value"), { maxLength: 4 }).map((items) => `[${items.join(",")}]`),
    space.map((between) => `[${between}]`),
  ),
}));

const noise = fc.oneof(
  fc.constantFrom(
    "",
    ",",
    ":",
    "{",
    "}",
    "[",
    "]",
    '"',
    "\\",
    "0",
    "-",
    "+",
    ".",
    "e",
    "E",
    "u",
    "\\u12",
    "tru",
    "null",
    "'",
  ),
  fc.constantFrom(
    "\u0000",
    "\u0001",
    "\u001f",
    "\n",
    "\t",
    "\v",
    "\f",
    "\u00a0",
    "\ufeff",
    "\u2028",
    "/",
    "//",
    "NaN",
    "Infinity",
  ),
);
/** The text with a piece of it cut out, and noise in its place. */
const mutated = fc.tuple(value, fc.nat(), fc.nat({ max: 3 }), noise).map(([text, at, length, put]) => {
  const characters = [...text];
  characters.splice(at % (characters.length + 1), length, put);
  return characters.join("");
});

test("it accepts JSON however it is written", () => {
  fc.assert(
    fc.property(value, (text) => {
      assert.ok(parses(text), "the generator makes JSON");
      assert.ok(isAccepted(bytesOf(text)), text);
    }),
    { numRuns },
  );
});

test("it accepts exactly the texts that JSON.parse does", () => {
  let refused = 0;
  fc.assert(
    fc.property(fc.oneof({ weight: 5, arbitrary: mutated }, noise, fc.string(), fc.json()), (text) => {
      const expected = parses(text);
      if (!expected) refused += 1;
      assert.equal(isAccepted(bytesOf(text)), expected, JSON.stringify(text));
    }),
    { numRuns: numRuns * 2 },
  );
  assert.ok(refused > 0, "nothing was refused: this test tests nothing");
});

/** One a line where it has a space, else divided by spaces. */
const oddTexts = String.raw`
01 -01 00 1. .5 -.5 1.e5 1e 1e+ 0x1 +1 - -- -a 1_000 Infinity -Infinity NaN undefined True nul nulll truefalse
[1,] [,1] [1,,2] [ [} {,} {"a"} {"a":} {"a":1,} {a:1} {1:1} {"a":1"b":2} 'a' "a [1]] {}{} ] } [1} {"a":1] [{"a":[1}]]
"\x" "\u12g4" "\u" "\" "\u123" "\u00/0" "\u00:0" "\u00@0" "\u00G0" "\u00g0" "\u000
1e1 1E+1 1e-0 0e0 -0.0 0.0e-0 "\u0000" "\ud800" "\u09afAF" "\/" "" {} [] [[]] [{}] {"":{}}`
  .trim()
  .split(/\s+/);
const oddTextsWithSpace = ["", " ", '"a\nb"', '"\t"', "\ufeff1", "1\u0000", "\u00a01", "1 2", "[1 2]", '{"a" 1}'];
oddTextsWithSpace.push("// a\n1", "/* */1", '"\\u 123"', '"\\u00`0"', " [ 1 , { } ] ");

test("texts that other readers take or refuse wrongly", () => {
  for (const text of [...oddTexts, ...oddTextsWithSpace]) {
    assert.equal(isAccepted(bytesOf(text)), parses(text), JSON.stringify(text));
  }
});

test("every member's bytes are exactly those of its key and value, in order, also where a key stands twice", () => {
  const member = fc.record({ before: space, key, between: space, value });
  fc.assert(
    fc.property(fc.array(member, { maxLength: 5 }), space, (parts, inside) => {
      const texts = parts.map((part) => `${part.before}${part.key}${part.between}:${part.value}`);
      const bytes = bytesOf(`{${texts.join(",") || inside}}`);
      const { members, end } = objectMembers(bytes, 0, depthMax);
      assert.equal(end, bytes.length);
      assert.deepEqual(
        members.map((found) => [textOf(bytes, found.key), textOf(bytes, found.value)]),
        parts.map((part) => [part.key, part.value.trim()]),
      );
    }),
    { numRuns },
  );
});

test("every member's bytes parse to what JSON.parse makes of that member", () => {
  // Without escapes: JSON.parse of Node 24.21 gives an escaped key the name `\` once it has met an object of the same
  // shape whose key is `\`.
  const object = value.filter((text) => text.trim().startsWith("{") && !text.includes("\\"));
  fc.assert(
    fc.property(object, (text) => {
      const bytes = bytesOf(text);
      const { members } = objectMembers(bytes, skipSpace(bytes, 0), depthMax);
      const made = {};
      for (const found of members) {
        const content: unknown = JSON.parse(textOf(bytes, found.value));
        // `__proto__` is a key like any other, and the last of a key wins.
        const property = { value: content, enumerable: true, configurable: true, writable: true };
        Object.defineProperty(made, JSON.parse(textOf(bytes, found.key)), property);
      }
      assert.equal(JSON.stringify(made), JSON.stringify(JSON.parse(text)));
    }),
    { numRuns },
  );
});

test("every item's bytes are what JSON.parse makes of that item", () => {
  const array = value.filter((text) => text.trim().startsWith("[") && !text.includes("\\"));
  fc.assert(
    fc.property(array, (text) => {
      const bytes = bytesOf(text);
      const items: ByteRange[] = [];
      const end = visitItems(bytes, skipSpace(bytes, 0), (start) => {
        const itemEnd = skipValue(bytes, start, depthMax);
        items.push({ start, end: itemEnd });
        return itemEnd;
      });
      assert.equal(skipSpace(bytes, end), bytes.length);
      assert.deepEqual(
        items.map((item) => JSON.parse(textOf(bytes, item))),
        JSON.parse(text),
      );
    }),
    { numRuns },
  );
});

test("objects and arrays are read strictly from their first byte to their last", () => {
  const wrong = ['{"a":1', '{"a"', "{", '{"a":1,}', '{"a":1 "b":2}', "[1]", " {}", "", "{a:1}", '{"a":01}'];
  for (const text of wrong) assert.throws(() => objectMembers(bytesOf(text), 0, depthMax), JsonSyntaxError, text);
  for (const text of ["[1", "[", "[1,]", "[1 2]", "{}", "", "[01]"]) {
    const bytes = bytesOf(text);
    assert.throws(() => visitItems(bytes, 0, (at) => skipValue(bytes, at, depthMax)), JsonSyntaxError, text);
  }
});

test("an error says at which byte reading stopped", () => {
  const offsets: [string, number][] = [
    ["", 0],
    ["tru", 3],
    ["trie", 2],
    ['{"é":?}', 6],
    ["[1,2", 4],
    ['"a', 2],
    ['"\\x"', 2],
    ["-", 1],
  ];
  for (const [text, offset] of offsets) {
    assert.throws(
      () => skipValue(bytesOf(text), 0, depthMax),
      (error) => error instanceof JsonSyntaxError && error.offset === offset && error.reason === "syntax",
      `${text} at ${offset}`,
    );
  }
});

const nested = (depth: number, open: string, inner: string, close: string): Uint8Array =>
  bytesOf(open.repeat(depth) + inner + close.repeat(depth));

const tooDeepAt = (offset: number) => (error: unknown) =>
  error instanceof JsonSyntaxError && error.reason === "depth" && error.offset === offset;

test("values may be nested as deep as the limit, and no deeper", () => {
  for (const [open, inner, close] of [
    ["[", "", "]"],
    ["[", "1", "]"],
    ['{"a":', "1", "}"],
  ] as const) {
    assert.equal(
      skipValue(nested(depthMax, open, inner, close), 0, depthMax),
      depthMax * (open.length + 1) + inner.length,
    );
    assert.throws(
      () => skipValue(nested(depthMax + 1, open, inner, close), 0, depthMax),
      tooDeepAt(depthMax * open.length),
    );
  }
  assert.equal(skipValue(bytesOf("1"), 0, 0), 1);
  assert.throws(() => skipValue(bytesOf("[]"), 0, 0), tooDeepAt(0));
});

test("a body nested a million deep is refused for its depth, and does not use up the stack", () => {
  const depth = 1_000_000;
  assert.throws(() => skipValue(nested(depth, "[", "", "]"), 0, depthMax), tooDeepAt(depthMax));
  assert.throws(() => skipValue(nested(depth, '{"a":', "1", "}"), 0, depthMax), tooDeepAt(depthMax * 5));
  const deep = nested(depth, "[", "", "]");
  assert.equal(skipValue(deep, 0, depth), deep.length);
});
