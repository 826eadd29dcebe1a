import assert from "node:assert/strict";
import { it } from "node:test";
import { bytes, decimal, duration, list, several, text, ValueRefusal } from "./option-kinds.ts";
import { optionList } from "./options.ts";

it("durations and sizes are read with their units, and shown with the largest that is whole", () => {
  const time = duration({ min: "0ms", max: "36500d" });
  const times: [string, number, string][] = [
    ["30d", 2_592_000_000, "30d"],
    ["24h", 86_400_000, "1d"],
    ["90 m", 5_400_000, "90m"],
    ["1500ms", 1500, "1500ms"],
    ["0s", 0, "0ms"],
  ];
  for (const [written, milliseconds, shown] of times) {
    assert.equal(time.read(written), milliseconds);
    assert.equal(time.show(milliseconds), shown);
  }
  const size = bytes({ min: "0B", max: "1024TiB" });
  const sizes: [string | number, number, string][] = [
    ["256KiB", 262_144, "256KiB"],
    [262_144, 262_144, "256KiB"],
    ["1000000", 1_000_000, "1MB"],
    ["64 MiB", 67_108_864, "64MiB"],
    ["1001", 1001, "1001B"],
  ];
  for (const [written, count, shown] of sizes) {
    assert.equal(size.read(written), count);
    assert.equal(size.show(count), shown);
  }
});

it("a number may have a fraction, and keeps to its bounds", () => {
  const rate = decimal({ min: 0.01, max: 10_000 });
  for (const [written, value] of [
    ["0.01", 0.01],
    ["2.5", 2.5],
    [7, 7],
    ["10000", 10_000],
  ] as const) {
    assert.equal(rate.read(written), value);
    assert.equal(rate.read(rate.show(value)), value);
  }
  for (const written of ["", "0", "0.001", "10000.1", "-1", "1e3", ".5", "1.", "NaN", "Infinity", "1,5"]) {
    assert.throws(() => rate.read(written), { name: "ValueRefusal", message: /a number from 0.01 to 10000/ }, written);
  }
});

it("what looks like a quantity and is none is refused", () => {
  for (const written of ["", "d", "-1d", "1.5h", "1e3s", "1w", "1D", "99999999999999999d", "9007199254740991d", "∞"]) {
    assert.throws(() => duration({ min: "0ms", max: "36500d" }).read(written), { name: "ValueRefusal" }, written);
  }
});

it("a list has its bound, and drops empty places", () => {
  const words = list(text({ takes: "a word", placeholder: "word", fits: (word) => /^\w+$/.test(word) }), {
    itemsMax: 2,
  });
  assert.deepEqual(words.read(" a, ,b,"), ["a", "b"]);
  assert.deepEqual(words.read(""), []);
  assert.throws(() => words.read("a,b,c"), { message: /at most 2/ });
  assert.throws(() => words.read("a,!"), { message: /a word/ });
  assert.throws(() => words.read({ a: 1 }), { name: "ValueRefusal" });
});

it("every default is a value that its own option takes, and is shown so that it can be written", () => {
  for (const [key, option] of optionList) {
    assert.deepEqual(option.kind.read(option.kind.show(option.default)), option.default, key);
  }
});

it("options are named once, in words with dashes, and say what they do in a sentence", () => {
  const names = optionList.map(([, option]) => option.name);
  assert.equal(new Set(names).size, names.length);
  for (const [, option] of optionList) {
    assert.match(option.name, /^[a-z]+(-[a-z]+)*$/);
    assert.match(option.sentence, /^[A-Z].*\.$/);
  }
});

it("several words come in the order in which they are known, each once, and one at least", () => {
  const roles = several(["api", "deliver", "receive"]);
  assert.deepEqual(roles.read("receive, api,api"), ["api", "receive"]);
  assert.deepEqual(roles.read(["deliver", "api"]), ["api", "deliver"]);
  assert.equal(roles.show(["api", "receive"]), "api,receive");
  for (const nothing of ["", ",", []]) assert.throws(() => roles.read(nothing), ValueRefusal);
  assert.throws(() => roles.read("api,delivery"), { message: /not `delivery`$/, hint: " Did you mean `deliver`?" });
});
