/** The receiver kit refuses options that are none, by their names, before it takes a request. */
import assert from "node:assert/strict";
import { it, type TestContext } from "node:test";
import { createReceiver } from "../../src/receiver.ts";
import { eventually } from "../../src/testing/eventually.ts";
import { aFolder } from "./a-command.ts";
import { aReceiver, quiet } from "./a-receiver.ts";
import { deliver, sourceSecret } from "./a-source.ts";

const github = { scheme: "github", secret: sourceSecret } as const;

const mistakes: readonly [what: string, options: object, error: object | RegExp][] = [
  ["no folder", { folder: undefined }, /`folder` is missing/],
  ["a list of sources", { sources: [] }, /`sources` is an object/],
  ["a source that is only its scheme's name", { sources: { github: "github" } }, /`sources.github` is an object/],
  ["a source without a scheme", { sources: { github: { secret: "x" } } }, /`sources.github.scheme` is missing/],
  [
    "a list of secrets that lacks one",
    { sources: { github: { ...github, secret: ["x", undefined] } } },
    /`sources.github.secret`/,
  ],
  [
    "a text in place of a list",
    { sources: { github: { ...github, methods: "POST" } } },
    /`sources.github.methods` is a list/,
  ],
  ["a misspelt option", { retryDelayMs: [] }, /no option `retryDelayMs`. Did you mean `retryDelaysMs`/],
  [
    "a misspelt member",
    { sources: { github: { ...github, sceme: 1 } } },
    /no option `sources.github.sceme`. .*`scheme`/,
  ],
  ["a path with a slash at its end", { path: "/in/" }, /`path`/],
  ["no concurrency", { concurrency: 0 }, /`concurrency` is a whole number from 1/],
  ["too long a wait", { retryDelaysMs: [1e12] }, /`retryDelaysMs`/],
  ["too short a time", { timeoutMs: 10 }, /`timeoutMs`/],
  ["waits that are no list", { retryDelaysMs: 1000 }, /`retryDelaysMs` is a list of at most 50/],
  ["an order that is a number", { orderBy: 7 }, /`orderBy` is a place/],
  ["a rule that is none", { onExhausted: "wait" }, /`onExhausted` is one of park, block/],
  ["an age with its unit", { retentionAgeMs: "30d" }, /`retentionAgeMs` is a whole number/],
  ["a size with its unit", { storeBytesMax: "1GB" }, /`storeBytesMax` is a whole number/],
  ["an age that is no number", { shutdownGraceMs: Number.NaN }, /`shutdownGraceMs` is a whole number/],
  ["one proxy in place of a list", { trustedProxies: "10.0.0.1" }, /`trustedProxies` is a list/],
  ["a host in place of a URL", { publicUrl: "your.host" }, /`publicUrl` is an http or https URL/],
  ["a logger that cannot log", { logger: {} }, /`logger` is an object with the functions debug, info/],
  ["nothing to call", { handle: {} }, /`handle` has no function/],
  [
    "a source's name in place of a pattern",
    { handle: { github: () => {} } },
    /`github`, which no type fits.*`github\.\*`/,
  ],
  ["no function", { handle: { "github.push": "push" } }, /no function as `github.push`/],
  ["no pattern", { handle: { "github push": () => {} } }, /no pattern of types/],
  ["no place", { orderBy: "repository.id" }, /`orderBy` is not `header:`/],
  ["no place of a source", { sources: { github: { ...github, orderBy: "body:" } } }, /`sources.github.orderBy`/],
  [
    "a forgotten secret",
    { sources: { github: { scheme: "github", secret: undefined } } },
    { code: "source-secret-missing", message: /The source `github`: It has no `secret`/ },
  ],
  ["an unknown preset", { sources: { hub: { scheme: "githup", secret: "x" } } }, { message: /Did you mean `github`/ }],
  ["a name that is none", { sources: { "Git Hub": github } }, { code: "invalid-body" }],
];

for (const [what, options, error] of mistakes) {
  it(`does not start with ${what}, and leaves nothing open`, async (context: TestContext) => {
    const right = { folder: aFolder(), sources: { github }, handle: () => {}, logger: quiet };
    await assert.rejects(createReceiver({ ...right, ...options } as never), error);
    await aReceiver(context, right);
  });
}

it("takes what is said to be undefined for what is not said", async (context) => {
  const { url } = await aReceiver(context, {
    ...{ path: undefined, retryDelaysMs: undefined, timeoutMs: undefined, storeBytesMax: undefined },
    sources: { github: { ...github, allowAddresses: undefined, methods: undefined, answer: undefined } },
  } as object);
  assert.equal((await deliver(url)).status, 200);
});

it("warns of functions whose patterns begin with no source's name, and says which event none took", async (context) => {
  const said: [string, object, string][] = [];
  const note = (level: string) => (facts: object, sentence: string) => void said.push([level, facts, sentence]);
  const { url } = await aReceiver(context, {
    logger: { ...quiet, debug: note("debug"), warn: note("warn") },
    handle: { "githb.push": () => assert.fail("never"), "*.star": () => {}, "github.star": () => {} },
  });
  assert.deepEqual(said, [["warn", { pattern: "githb.push" }, "No source is called `githb`. Did you mean `github`?"]]);
  await deliver(url);
  const [, facts] = await eventually("it is said", () =>
    said.find(([level, , text]) => level === "debug" && /No function/.test(text)),
  );
  assert.equal((facts as { type: string }).type, "github.push");
});
