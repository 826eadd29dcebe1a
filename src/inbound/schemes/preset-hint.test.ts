import assert from "node:assert/strict";
import { it } from "node:test";
import { presetHint } from "./preset-hint.ts";
import { presets } from "./presets.ts";

for (const [said, meant] of [
  ["githb", "github"],
  ["GitHub", "github"],
  ["gitlab-token", "gitlab"],
  ["gitlab_signing", "gitlab-signing"],
  ["twitter", "x"],
  ["whatsapp", "meta"],
  ["facebook", "meta"],
  ["sns", "aws-sns"],
  ["pubsub", "google-pubsub"],
  ["slack-events", "slack"],
  ["standardwebhooks", "standard-webhooks"],
] as const) {
  it(`who asks for the preset \`${said}\` is told of \`${meant}\``, () => {
    assert.equal(presetHint(said, presets), ` Did you mean \`${meant}\`?`);
  });
}

it("who asks for a provider that is no preset is told of none", () => {
  for (const name of ["mailchimp", "€".repeat(1000)]) assert.equal(presetHint(name, presets), "");
});
