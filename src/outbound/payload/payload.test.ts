import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type Endpoint, storedEndpoint } from "../../core/endpoint.ts";
import type { PayloadFormat } from "../../core/endpoint-payload.ts";
import type { StoredEvent } from "../../core/event.ts";
import { cut } from "./chat.ts";
import { PayloadFailure } from "./content.ts";
import { formText } from "./form.ts";
import { readNode } from "./json-node.ts";
import { Payloads } from "./payloads.ts";
import { isDirect, Preparation } from "./preparation.ts";
import { xmlText } from "./xml.ts";

const formOf = (json: string): string => formText([["data", readNode(Buffer.from(json))]]);
const xmlOf = (json: string): string => xmlText([["data", readNode(Buffer.from(json))]]);

const anEvent = (data: string): StoredEvent => ({
  position: 1,
  acceptedAtMs: 0,
  id: "evt_1",
  tenant: "acme",
  type: "order.paid",
  subject: null,
  version: null,
  request: null,
  occurredAtMs: 0,
  data: Buffer.from(data),
});

const anEndpoint = (settings: Partial<Endpoint>): Endpoint => storedEndpoint({ url: "https://a/", ...settings }, 1);

describe("a form", () => {
  it("that would be a thousand times as long as its data is refused", () => {
    const deep = `{"${"k".repeat(100_000)}":[${"1,".repeat(2000)}1]}`;
    assert.throws(() => formOf(deep), PayloadFailure);
    assert.ok(formOf(`[${"1,".repeat(2000)}1]`).length > 2000);
  });

  it("escapes what has a meaning in a form", () => {
    assert.equal(formOf('{"a b&c":"1+1=2 ~!*\'()"}'), "data%5Ba+b%26c%5D=1%2B1%3D2+%7E%21*%27%28%29");
  });
});

describe("an XML document", () => {
  it("has U+FFFD for what XML cannot write", () => {
    assert.match(xmlOf('"a\\u0000b\\ud800c\\uffff"'), /<data>a\ufffdb\ufffdc\ufffd<\/data>/);
  });

  it("that would be larger than a document may be is refused", () => {
    assert.throws(() => xmlOf(`[${"1,".repeat(400_000)}1]`), PayloadFailure);
  });
});

describe("a text that is cut", () => {
  it("is no longer than it may be, and ends with a whole character", () => {
    assert.equal(cut("abc", 3), "abc");
    assert.equal(cut("abcd", 3), "ab…");
    assert.equal(cut("a\u{1f600}bc", 3), "a…");
  });
});

describe("content", () => {
  it("is built once for the endpoints of one event that take it as it is, and never from what another made", () => {
    const payloads = new Payloads(null);
    const event = anEvent('{"a":1}');
    const plain = payloads.builder(anEndpoint({}));
    assert.equal(plain(event).body, payloads.builder(anEndpoint({}))(event).body);
    const changed = { ...event, data: Buffer.from('{"a":2}') };
    const transformed = payloads.builder(anEndpoint({ transform: "data" }))(changed);
    assert.match(transformed.body.toString(), /"a":2/);
    assert.match(plain(event).body.toString(), /"a":1/);
  });

  for (const format of ["form", "xml"] as const) {
    it(`in the format ${format} is written once for all endpoints of one event, and anew for each other`, () => {
      const payloads = new Payloads(null);
      const event = anEvent('{"a":[1,{"b":2}],"c":{"d":[[]]}}');
      const body = (settings: Partial<Endpoint>, of: StoredEvent): Buffer =>
        payloads.builder(anEndpoint({ format, ...settings }))(of).body;
      const first = body({}, event);
      assert.equal(body({}, event), first);
      const made = { ...event, data: Buffer.from('{"made":1}') };
      assert.match(body({ transform: "data" }, made).toString(), /made/);
      assert.notEqual(body({}, { ...event, position: 2, id: "evt_2" }).toString(), first.toString());
      assert.deepEqual(body({}, event), first);
    });
  }

  it("that takes long to write leaves others a turn before each", async () => {
    const adapt = (_endpoint: Endpoint, event: StoredEvent): StoredEvent => event;
    const preparation = new Preparation({ adapt, transforms: { run: () => assert.fail("there is none") } });
    const long = anEvent(JSON.stringify("x".repeat(10_000)));
    let turn = 0;
    let isOver = false;
    setImmediate(function next() {
      turn += 1;
      if (!isOver) setImmediate(next);
    });
    const turnOf = (settings: Partial<Endpoint>, event: StoredEvent): Promise<number> =>
      preparation.event(anEndpoint(settings), event).then(() => turn);
    const got = await Promise.all([
      turnOf({ format: "xml" }, long),
      turnOf({ format: "form" }, long),
      turnOf({ method: "GET" }, long),
      turnOf({ format: "xml" }, anEvent("1")),
      turnOf({ format: "cloudevents", transform: null }, long),
    ]);
    isOver = true;
    assert.deepEqual(got.slice(3), [0, 0]);
    assert.equal(new Set(got.slice(0, 3)).size, 3, got.join());
    assert.equal(isDirect(anEndpoint({ format: "xml" })), false);
    assert.equal(isDirect(anEndpoint({})), true);
  });

  it("of the data of a publisher is never taken for a message to a chat room", () => {
    const data = '{"text":"<!channel>","content":"@everyone","attachments":[]}';
    for (const format of ["slack", "discord", "teams"] satisfies PayloadFormat[]) {
      const made = JSON.parse(new Payloads(null).builder(anEndpoint({ format }))(anEvent(data)).body.toString());
      assert.ok(made.text !== "<!channel>" && made.content === undefined && made.attachments?.length !== 0, format);
    }
  });

  it("without a public URL names none", () => {
    const { body } = new Payloads(null).builder(anEndpoint({ format: "thin" }))(anEvent("1"));
    assert.deepEqual(Object.keys(JSON.parse(body.toString())), ["id", "type", "timestamp"]);
  });
});
