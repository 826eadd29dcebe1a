/** Bytes are kept: what a publisher sent as `data` is what a receiver gets, byte for byte. */
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { readPayloads } from "../../demo/payloads.ts";
import type { App } from "../../src/app.ts";
import { eventually } from "../../src/testing/eventually.ts";
import { startTestReceiver, type TestReceiver } from "../../src/testing/test-receiver.ts";
import { anApp } from "./an-app.ts";

const hostile = [
  "12345678901234567890",
  "-0",
  "1e400",
  "1.0",
  '{"b":1,"a":2,"10":3,"2":4}',
  '{"same":1,"same":2}',
  '"\\u0061\\/\\ud83d\\ude00\\ud800"',
  '"\u{1f600} \u2028 \u00e9"',
  '{ "spaced" : [ 1 ,\n\t2 ] }',
  '{"__proto__":{"polluted":true},"constructor":1}',
  "null",
  '""',
  "[]",
  `${"[".repeat(64)}${"]".repeat(64)}`,
  `"${"x".repeat(200_000)}"`,
];

describe("the bytes of data", () => {
  let app: App;
  let receiver: TestReceiver;
  before(async () => {
    app = await anApp();
    receiver = await startTestReceiver();
    await app.registry.createEndpoint({ tenant: "default", url: receiver.url }, 0);
  });
  after(async () => {
    await app.close();
    await receiver.close();
  });

  async function roundTrip(data: string): Promise<void> {
    const before = receiver.requests.length;
    const body = Buffer.from(`{"type":"bytes.kept","data":${data}}`);
    const { items } = await app.publisher.publish(body, { keyId: "key_test", idempotencyKey: null });
    const request = await eventually("delivered", () => receiver.requests[before]);
    const text = request.body.toString("utf8");
    assert.ok(text.endsWith(`,"data":${data}}`), `${text.slice(0, 300)} does not end with ${data.slice(0, 100)}`);
    const stored = await app.store.events.find("default", items[0]?.id ?? "");
    assert.equal(Buffer.from(stored?.data ?? []).toString("utf8"), data);
  }

  for (const data of hostile) {
    it(`are kept: ${data.slice(0, 60)}`, () => roundTrip(data));
  }

  it("are kept for every real payload of GitHub's", async () => {
    const payloads = await readPayloads();
    assert.equal(payloads.length, 329);
    for (const { data } of payloads) await roundTrip(data.toString());
  });
});
