import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type GoFlag, GoFlagError, GoFlagHelp, goInteger, goUsage, parseGoFlags } from "./go-flags.ts";

const flags: readonly GoFlag[] = [
  { name: "port", kind: "number", placeholder: "int", default: "9000", sentence: "the port" },
  { name: "verbose", kind: "switch", placeholder: "", default: "false", sentence: "say more" },
  { name: "hooks", kind: "list", placeholder: "value", default: "", sentence: "files" },
  { name: "ip", kind: "text", placeholder: "string", default: "0.0.0.0", sentence: "the address" },
];

const read = (...args: string[]) => parseGoFlags(flags, args);

function refusal(...args: string[]): string {
  try {
    read(...args);
  } catch (error) {
    assert.ok(error instanceof GoFlagError);
    return error.message;
  }
  return assert.fail("it was taken");
}

describe("flags as Go reads them", () => {
  it("take one dash or two, and a value behind a space or an equals sign", () => {
    for (const args of [["-port", "1"], ["--port", "1"], ["-port=1"], ["--port=1"]]) {
      assert.equal(read(...args).number("port"), 1);
    }
    assert.equal(read("-ip=a=b").text("ip"), "a=b");
    assert.equal(read("-ip", "-verbose").text("ip"), "-verbose");
    assert.equal(read("-ip=").text("ip"), "");
  });

  it("count last, but for lists, which keep all in order", () => {
    assert.equal(read("-port", "1", "-port", "2").number("port"), 2);
    assert.deepEqual(read("-hooks", "b", "--hooks=a").list("hooks"), ["b", "a"]);
  });

  it("have defaults where they are not given", () => {
    assert.equal(read().number("port"), 9000);
    assert.equal(read().isOn("verbose"), false);
    assert.equal(read().isGiven("port"), false);
    assert.equal(read("-port=9000").isGiven("port"), true);
  });

  it("are switched on by their name alone; a word behind it is no value, and ends the flags", () => {
    assert.equal(read("-verbose").isOn("verbose"), true);
    assert.equal(read("-verbose=F").isOn("verbose"), false);
    const values = read("-verbose", "true", "-port", "1");
    assert.equal(values.number("port"), 9000);
    assert.deepEqual(values.rest, ["true", "-port", "1"]);
  });

  it("end at two dashes, and at one alone", () => {
    assert.deepEqual(read("--", "-port", "1").rest, ["-port", "1"]);
    assert.deepEqual(read("-", "-port", "1").rest, ["-", "-port", "1"]);
  });

  it("are refused in Go's words", () => {
    assert.equal(refusal("-bogus"), "flag provided but not defined: -bogus");
    assert.equal(refusal("-port"), "flag needs an argument: -port");
    assert.equal(refusal("-port", "x"), 'invalid value "x" for flag -port: parse error');
    assert.equal(refusal("-verbose=maybe"), 'invalid boolean value "maybe" for -verbose: parse error');
    assert.equal(refusal("---port"), "bad flag syntax: ---port");
    assert.equal(refusal("-=port"), "bad flag syntax: -=port");
    assert.throws(() => read("-h"), GoFlagHelp);
    assert.throws(() => read("--help"), GoFlagHelp);
  });

  it("are listed by name", () => {
    assert.equal(
      goUsage("x", flags),
      'Usage of x:\n  -hooks value\n    \tfiles\n  -ip string\n    \tthe address (default "0.0.0.0")\n' +
        "  -port int\n    \tthe port (default 9000)\n  -verbose\n    \tsay more\n",
    );
  });
});

it("integers have the forms that Go takes with base 0", () => {
  const forms = { "0": 0, "-7": -7, "+7": 7, "0x1F": 31, "0b101": 5, "0o17": 15, "017": 15, "1_000": 1000, "0_7": 7 };
  for (const [text, value] of Object.entries(forms)) assert.equal(goInteger(text), value, text);
  for (const text of ["", "x", "1.0", "1e3", "08", "_1", "1__0", "0x", "99999999999999999999", " 1"]) {
    assert.equal(goInteger(text), null, text);
  }
});
