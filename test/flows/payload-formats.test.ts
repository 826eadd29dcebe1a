/** Every format, as a real receiver gets it, read by means that are not ours. */
import assert from "node:assert/strict";
import { after, afterEach, before, describe, it } from "node:test";
import { Webhook } from "standardwebhooks";
import { readPayloads } from "../../demo/payloads.ts";
import type { App } from "../../src/app.ts";
import type { Endpoint } from "../../src/core/endpoint.ts";
import type { PayloadFormat } from "../../src/core/endpoint-payload.ts";
import { eventually } from "../../src/testing/eventually.ts";
import { type ReceivedRequest, startTestReceiver, type TestReceiver } from "../../src/testing/test-receiver.ts";
import { anApp } from "./an-app.ts";
import { hostileData } from "./hostile-data.ts";
import { parseXml, type XmlElement } from "./parse-xml.ts";

const subject = 'Ünïcode "quoted" 100% €/\u{1f600}';
const time = "2026-01-02T03:04:05.678Z";

let app: App;
let receiver: TestReceiver;
before(async () => {
  app = await anApp({ publicUrl: "https://trotline.example.com" });
  receiver = await startTestReceiver();
});
after(async () => {
  await app.close();
  await receiver.close();
});

let endpoint: Endpoint;
afterEach(() => app.registry.deleteEndpoint(endpoint.id));

async function anEndpoint(format: PayloadFormat, settings: object = {}): Promise<void> {
  const { head } = app.store.events.bounds();
  endpoint = await app.registry.createEndpoint(
    { tenant: "default", url: `${receiver.url}/hook`, format, ...settings },
    head,
  );
}

async function deliver(data: string, members = ""): Promise<{ id: string; request: ReceivedRequest }> {
  const seen = receiver.requests.length;
  const body = Buffer.from(`{"type":"order.paid"${members},"data":${data}}`);
  const { items } = await app.publisher.publish(body, { keyId: "key_test", idempotencyKey: null });
  const request = await eventually("delivered", () => receiver.requests[seen]);
  const id = items[0]?.id ?? "";
  assert.equal(request.headers["webhook-id"], id);
  new Webhook(endpoint.secrets[0] ?? "").verify(
    request.body,
    request.headers as Record<string, string>,
    {
      jsonParse: false,
    } as never,
  );
  return { id, request };
}

const about = `,"subject":${JSON.stringify(subject)},"occurred_at":"${time}","version":"2"`;
const textOf = (request: ReceivedRequest): string => request.body.toString();

/** Each of them, and every real payload of GitHub's. */
async function everyData(): Promise<string[]> {
  return [...hostileData, ...(await readPayloads()).map(({ data }) => data.toString())];
}

describe("the format cloudevents", () => {
  it("is a CloudEvent in structured mode, whose data are the publisher's bytes", async () => {
    await anEndpoint("cloudevents");
    const { id, request } = await deliver('{"n":12345678901234567890,"n":1.0}', about);
    assert.equal(request.headers["content-type"], "application/cloudevents+json");
    assert.ok(textOf(request).endsWith(`,"data":{"n":12345678901234567890,"n":1.0}}`));
    const { data: _data, ...attributes } = JSON.parse(textOf(request));
    assert.deepEqual(attributes, {
      specversion: "1.0",
      id,
      source: "/tenants/default",
      type: "order.paid",
      time,
      subject,
      datacontenttype: "application/json",
    });
  });
});

describe("the format cloudevents-binary", () => {
  it("has its attributes in headers, encoded as the HTTP binding says, and the data's bytes as its body", async () => {
    await anEndpoint("cloudevents-binary");
    const { id, request } = await deliver('{"a": 1e400}', about);
    assert.equal(textOf(request), '{"a": 1e400}');
    assert.equal(request.headers["content-type"], "application/json");
    const encoded = request.headers["ce-subject"] as string;
    assert.match(encoded, /^[\x21\x23\x24\x26-\x7e%]+$/, "printable ASCII without space and quote");
    assert.equal(decodeURIComponent(encoded), subject);
    assert.equal(encoded, "%C3%9Cn%C3%AFcode%20%22quoted%22%20100%25%20%E2%82%AC/%F0%9F%98%80");
    const attributes = Object.entries(request.headers).filter(([name]) => name.startsWith("ce-"));
    assert.deepEqual(Object.fromEntries(attributes), {
      "ce-specversion": "1.0",
      "ce-id": id,
      "ce-source": "/tenants/default",
      "ce-type": "order.paid",
      "ce-time": time,
      "ce-subject": encoded,
    });
  });
});

describe("the format thin", () => {
  it("has no data, and says where they can be fetched", async () => {
    await anEndpoint("thin");
    const { id, request } = await deliver('{"secret":true}', about);
    assert.deepEqual(JSON.parse(textOf(request)), {
      id,
      type: "order.paid",
      timestamp: time,
      subject,
      version: "2",
      url: `https://trotline.example.com/v1/events/${id}?tenant=default`,
    });
  });
});

describe("the format form", () => {
  it("is what a form sends: members within members by brackets, numbers as they are written", async () => {
    await anEndpoint("form");
    const data = '{"total":12345678901234567890,"items":[{"sku":"a b"},{"sku":"ü&="}],"none":null,"no":[],"yes":true}';
    const { id, request } = await deliver(data, about);
    assert.equal(request.headers["content-type"], "application/x-www-form-urlencoded");
    assert.deepEqual(
      [...new URLSearchParams(textOf(request))],
      [
        ["id", id],
        ["type", "order.paid"],
        ["timestamp", time],
        ["subject", subject],
        ["version", "2"],
        ["data[total]", "12345678901234567890"],
        ["data[items][0][sku]", "a b"],
        ["data[items][1][sku]", "ü&="],
        ["data[none]", ""],
        ["data[no]", ""],
        ["data[yes]", "true"],
      ],
    );
  });
});

describe("the format xml", () => {
  it("is well formed, with an element for each member", async () => {
    await anEndpoint("xml");
    const data = '{"total":12345678901234567890,"items":["<&>]]>",null],"2 odd \\"name\\"":"a\\r\\nb","xmlish":{}}';
    const { id, request } = await deliver(data, about);
    assert.equal(request.headers["content-type"], "application/xml; charset=utf-8");
    const root = parseXml(textOf(request));
    const leaf = (name: string, text: string, attributes = {}): XmlElement => ({
      name,
      attributes,
      children: [],
      text,
    });
    assert.deepEqual(root.children.slice(0, 5), [
      leaf("id", id),
      leaf("type", "order.paid"),
      leaf("timestamp", time),
      leaf("subject", subject),
      leaf("version", "2"),
    ]);
    const [, , , , , dataElement] = root.children;
    assert.deepEqual(dataElement?.children, [
      leaf("total", "12345678901234567890", { type: "number" }),
      {
        name: "items",
        attributes: { type: "array" },
        children: [leaf("item", "<&>]]>"), leaf("item", "", { type: "null" })],
        text: "",
      },
      leaf("member", "a\r\nb", { name: '2 odd "name"' }),
      leaf("member", "", { name: "xmlish", type: "object" }),
    ]);
  });
});

describe("formats for chat rooms", () => {
  const long = JSON.stringify({ text: "<!channel> ``` *x* & y ".repeat(1000) });

  it("slack: a message within Slack's limits that mentions nobody", async () => {
    await anEndpoint("slack");
    for (const data of ['{"amount":12345678901234567890}', long]) {
      const { id, request } = await deliver(data, about);
      const { text, blocks } = JSON.parse(textOf(request));
      assert.equal(text, "order.paid");
      assert.ok(blocks[0].type === "header" && blocks[0].text.text.length <= 150);
      for (const { type, text: section } of blocks.slice(1)) {
        assert.ok(type === "section" && section.type === "mrkdwn" && section.text.length <= 3000);
        assert.doesNotMatch(section.text, /<|>|&(?!(amp|lt|gt);)/);
      }
      assert.ok(blocks[1].text.text.includes(id) && blocks[1].text.text.includes(time));
      assert.equal(blocks[2].text.text.split("```").length, 3, "the fence is closed once");
    }
    const { request } = await deliver('{"amount":12345678901234567890}');
    assert.match(textOf(request), /12345678901234567890/);
  });

  it("discord: a message within Discord's limits that mentions nobody", async () => {
    await anEndpoint("discord");
    for (const data of ['"@everyone"', long]) {
      const { request } = await deliver(data, about);
      const { embeds, allowed_mentions: mentions } = JSON.parse(textOf(request));
      assert.deepEqual(mentions, { parse: [] });
      const [{ title, description, fields }] = embeds;
      assert.ok(title.length <= 256 && description.length <= 4096 && fields.length <= 25);
      assert.equal(description.split("```").length, 3);
      assert.deepEqual(fields[1], { name: "Subject", value: subject, inline: false });
      const all = title.length + description.length + JSON.stringify(fields).length;
      assert.ok(all <= 6000, `${all}`);
    }
  });

  it("teams: an Adaptive Card within the size of a message, with text that is shown as it is", async () => {
    await anEndpoint("teams");
    for (const data of ['{"link":"[x](https://evil.example)"}', JSON.stringify("\u0001".repeat(20_000))]) {
      const { request } = await deliver(data, about);
      assert.ok(request.body.length < 28_000, `${request.body.length}`);
      const { type, attachments } = JSON.parse(textOf(request));
      assert.equal(type, "message");
      assert.equal(attachments[0].contentType, "application/vnd.microsoft.card.adaptive");
      const { type: cardType, version, body } = attachments[0].content;
      assert.deepEqual([cardType, version], ["AdaptiveCard", "1.2"]);
      assert.ok(body.every((element: { type: string }) => element.type === "RichTextBlock"));
    }
  });

  it("take a transform's result as the message where it is one, or as its text", async () => {
    await anEndpoint("slack", { transform: '{"text": "Paid: " & data.amount, "unfurl_links": false}' });
    assert.deepEqual(JSON.parse(textOf((await deliver('{"amount":5}')).request)), {
      text: "Paid: 5",
      unfurl_links: false,
    });
    await app.registry.changeEndpoint(endpoint.id, { format: "discord", transform: '"Paid: " & data.amount' });
    assert.equal(JSON.parse(textOf((await deliver('{"amount":6}')).request)).content, "Paid: 6");
    const card = '{"type": "AdaptiveCard", "version": "1.4", "body": [{"type": "TextBlock", "text": type}]}';
    await app.registry.changeEndpoint(endpoint.id, { format: "teams", transform: card });
    const { attachments } = JSON.parse(textOf((await deliver("1")).request));
    assert.equal(attachments[0].content.body[0].text, "order.paid");
  });
});

describe("the publisher's bytes", () => {
  for (const [format, tail] of [
    ["standard", "}"],
    ["cloudevents", "}"],
    ["cloudevents-binary", null],
    ["raw", null],
  ] as const) {
    it(`are kept in the format ${format}, hostile ones and all of GitHub's`, async () => {
      await anEndpoint(format);
      for (const data of await everyData()) {
        const { request } = await deliver(data);
        const text = textOf(request);
        assert.equal(tail === null ? text : text.slice(text.indexOf(',"data":') + 8, -1), data);
      }
    });
  }

  it("can be read back from a form, but for halves of characters", async () => {
    await anEndpoint("form");
    for (const data of await everyData()) {
      const { request } = await deliver(data);
      const values = [...new URLSearchParams(textOf(request))].filter(([name]) => name.startsWith("data"));
      assert.deepEqual(
        values.map(([, value]) => value),
        leaves(JSON.parse(withQuotedNumbers(data))),
      );
    }
  });

  it("can be read back from XML, but for what XML cannot write", async () => {
    await anEndpoint("xml");
    for (const data of await everyData()) {
      const { request } = await deliver(data);
      const root = parseXml(textOf(request));
      const element = root.children.at(-1);
      assert.ok(element?.name === "data");
      assert.deepEqual(texts(element), leaves(JSON.parse(withQuotedNumbers(data))));
    }
  });

  for (const format of ["slack", "discord", "teams"] as const) {
    it(`make a message for ${format} of each`, async () => {
      await anEndpoint(format);
      for (const data of await everyData()) JSON.parse(textOf((await deliver(data)).request));
    });
  }
});

/** Numbers as texts, so that `JSON.parse` keeps them as they are written; a key that stands twice, by another name. */
function withQuotedNumbers(json: string): string {
  const quoted = json.replace(/("(?:[^"\\]|\\.)*")|(-?\d[\d.eE+-]*)/g, (_all, text, number) => text ?? `"${number}"`);
  return quoted.replace('"same":"1"', '"same ":"1"');
}

/** Leaves in order of writing; `JSON.parse` moves keys that are whole numbers to the front. */
function leaves(value: unknown): string[] {
  if (value === null) return [""];
  if (typeof value !== "object") return [String(value).toWellFormed()];
  const inner = Object.values(value);
  return inner.length === 0 ? [""] : inner.flatMap(leaves);
}

const texts = ({ children, text }: XmlElement): string[] => (children.length === 0 ? [text] : children.flatMap(texts));
