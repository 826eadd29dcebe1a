import assert from "node:assert/strict";
import { it } from "node:test";
import { presets } from "./presets.ts";

const topic = "arn:aws:sns:us-east-1:123456789012:orders";

const refusalOf = (name: string, settings: Record<string, string>): string | null =>
  presets.get(name)?.settingsRefusal?.(settings) ?? null;

it("a setting that cannot work is refused in a sentence that names it", () => {
  for (const [name, settings, named] of [
    ["aws-sns", { topic_arn: "orders" }, "topic_arn"],
    ["aws-sns", { topic_arn: `${topic}\n` }, "topic_arn"],
    ["aws-sns", { topic_arn: topic, confirm_subscription: "yes" }, "confirm_subscription"],
    ["aws-sns", { topic_arn: topic, signature_version: "3" }, "signature_version"],
    ["paypal", { webhook_id: "x", environment: "test" }, "environment"],
    ["websub", { topic: "x", algorithms: "md5" }, "algorithms"],
    ["websub", { topic: "x", unsubscribe: "true" }, "unsubscribe"],
    ["cloudevents", { rate: "0" }, "rate"],
    ["cloudevents", { handshake: "yes" }, "handshake"],
    ["event-grid", { rate: "many" }, "rate"],
    ["dropbox", { handshake: "true" }, "handshake"],
    ["asana", { handshake: "" }, "handshake"],
  ] as const) {
    assert.match(refusalOf(name, settings) ?? "", new RegExp(`^\`${named}\` .*\\.$`), `${name} ${named}`);
  }
});

it("settings that can work are not refused", () => {
  for (const [name, settings] of [
    ["aws-sns", { topic_arn: topic, confirm_subscription: "true", signature_version: "2" }],
    ["aws-sns", { topic_arn: "arn:aws-cn:sns:cn-north-1:123456789012:a.fifo" }],
    ["paypal", { webhook_id: "x", environment: "sandbox" }],
    ["websub", { topic: "x", algorithms: "sha1, sha256", unsubscribe: "accept" }],
    ["cloudevents", { origins: "a.b", rate: "120", handshake: "accept" }],
    ["event-grid", {}],
    ["x", { token: "t" }],
  ] as const) {
    assert.equal(refusalOf(name, settings), null, name);
  }
});
