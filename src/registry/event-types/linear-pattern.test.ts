import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { LinearPattern } from "./linear-pattern.ts";
import { PatternError } from "./pattern-parser.ts";

const free = { spend: () => {} };
const takes = (pattern: string, text: string): boolean => new LinearPattern(pattern, free).test(text);

/** Patterns made of parts that each may stand anywhere. */
const atoms = fc.constantFrom(
  "a",
  "b",
  ".",
  "[ab]",
  "[^a]",
  "\\d",
  "\\w",
  "^",
  "$",
  "\\b",
  "\\B",
  "é",
  "\\u{1F600}",
  "",
);
const { pattern } = fc.letrec<{ pattern: string }>((tie) => ({
  pattern: fc.oneof(
    { maxDepth: 4, depthSize: "small" },
    atoms,
    fc.tuple(tie("pattern"), tie("pattern")).map(([left, right]) => left + right),
    fc.tuple(tie("pattern"), tie("pattern")).map(([left, right]) => `(?:${left}|${right})`),
    fc
      .tuple(tie("pattern"), fc.constantFrom("*", "+", "?", "{2}", "{1,}", "{0,2}", "{2,3}", "*?"))
      .map(([inner, sign]) => `(${inner})${sign}`),
  ),
}));
const text = fc.string({ unit: fc.constantFrom("a", "b", "1", " ", "é", "😀", "\n"), maxLength: 8 });

describe("a pattern that is followed a character at a time", () => {
  it("takes exactly what the language's own engine takes", () => {
    fc.assert(
      fc.property(pattern, text, (source, subject) => {
        // V8 finds the place within a pair of surrogates, where there is none, to be no boundary.
        fc.pre(!(source.includes("\\B") && subject.includes("😀")));
        assert.equal(takes(source, subject), new RegExp(source, "u").test(subject), `/${source}/ of ${subject}`);
      }),
      { numRuns: 3000 },
    );
  });

  it("knows the patterns that people write", () => {
    const cases: [string, string, boolean][] = [
      ["^[A-Z]{3}$", "EUR", true],
      ["^[A-Z]{3}$", "EURO", false],
      ["^(?<year>\\d{4})-\\d\\d$", "2026-01", true],
      ["^\\p{L}+$", "Łódź", true],
      ["^.$", "😀", true],
      ["^\\ud83d\\ude00$", "😀", true],
      ["^[\\]\\-x]+$", "]-x", true],
      ["a/b", "xa/by", true],
      ["^[^]$", "\n", true],
      ["", "", true],
    ];
    for (const [source, subject, expected] of cases) assert.equal(takes(source, subject), expected, source);
  });

  it("costs as much as the text is long, also where the language's engine would never come back", () => {
    let spent = 0;
    const meter = {
      spend: (steps: number) => {
        spent += steps;
      },
    };
    for (const source of ["^(a+)+$", "^(a|a)*$", "^(.*a){20}$", "(x+x+)+y"]) {
      spent = 0;
      assert.equal(new LinearPattern(source, meter).test(`${"a".repeat(2000)}!`), false);
      assert.ok(spent < 1_000_000, `${source}: ${spent}`);
    }
  });

  it("takes exactly one of many alternatives, whose steps are joined end to end", () => {
    const source = `^(?:${Array.from({ length: 500 }, (_, i) => `x${i}`).join("|")}|)$`;
    for (const [subject, expected] of [
      ["x0", true],
      ["x499", true],
      ["", true],
      ["x500", false],
      ["x", false],
    ] as const) {
      assert.equal(takes(source, subject), expected, subject);
    }
  });

  it("refuses at once a group that takes nothing and is repeated without end", () => {
    for (const source of ["(?:){1000000000}", "(?:a{0}){20000}", "(){0,1000000000}"]) {
      assert.throws(() => new LinearPattern(source, free), PatternError, source);
    }
  });

  it("refuses what has no bound, and what is no pattern", () => {
    for (const source of [
      "(?=a)b",
      "(?<!a)b",
      "(a)\\1",
      "(?<n>a)\\k<n>",
      "(",
      "[",
      "a{2,1}",
      "(a{99}){999}",
      "a|".repeat(6000),
    ]) {
      assert.throws(() => new LinearPattern(source, free), PatternError, source);
    }
    assert.throws(() => new LinearPattern(`${"(".repeat(200)}${")".repeat(200)}`, free), PatternError);
  });
});
