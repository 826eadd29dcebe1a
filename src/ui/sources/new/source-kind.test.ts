import assert from "node:assert/strict";
import { it } from "node:test";
import type { Scheme } from "../../../sdk/wire.ts";
import { exampleScheme, isFound, kindOf, newSourceOf, popularOf } from "./source-kind.ts";

const scheme = (members: Partial<Scheme> = {}): Scheme => ({
  name: "github",
  title: "GitHub",
  documentation: "https://example.com",
  secret: "The secret.",
  secret_from: "receiver",
  settings: [],
  tolerance_ms: null,
  answer_deadline_ms: null,
  handshake: false,
  test_events: [],
  ...members,
});
const draft = { name: " code ", description: "", secret: "", settings: {}, json: exampleScheme };

it("a source whose provider makes the secret begins paused until there is one", () => {
  const stripe = { kind: "preset", scheme: scheme({ name: "stripe", secret_from: "provider" }) } as const;
  assert.equal(newSourceOf(draft, stripe, "acme").status, "paused");
  assert.equal(newSourceOf({ ...draft, secret: "whsec_1" }, stripe, "acme").status, undefined);
  const github = { kind: "preset", scheme: scheme() } as const;
  assert.deepEqual(newSourceOf(draft, github, "acme"), { name: "code", tenant: "acme", scheme: { preset: "github" } });
});

it("settings that are empty are left out, and a scheme of one's own is read as JSON", () => {
  const kind = { kind: "preset", scheme: scheme() } as const;
  const settings = { url: "https://example.com/in/x", token: "" };
  assert.deepEqual(newSourceOf({ ...draft, settings }, kind, "acme").scheme.settings, { url: settings.url });
  const own = newSourceOf(draft, { kind: "custom" }, "acme");
  assert.equal(own.scheme.custom?.signature.place, "header:x-signature");
  assert.throws(() => newSourceOf({ ...draft, json: "{" }, { kind: "custom" }, "acme"), SyntaxError);
  assert.deepEqual(newSourceOf(draft, { kind: "unverified" }, "acme").scheme, { unverified: true });
});

it("providers are found by what they are called, and by their preset", () => {
  const all = [scheme(), scheme({ name: "aws-sns", title: "Amazon SNS" })];
  assert.deepEqual(
    popularOf(all).map(({ name }) => name),
    ["github"],
  );
  assert.deepEqual(
    all.filter((one) => isFound(one, " amazon")).map(({ name }) => name),
    ["aws-sns"],
  );
  assert.equal(kindOf("aws-sns", all)?.kind, "preset");
  assert.equal(kindOf("nobody", all), null);
  assert.equal(kindOf("unverified", [])?.kind, "unverified");
});
