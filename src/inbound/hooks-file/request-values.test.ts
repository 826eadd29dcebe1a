import assert from "node:assert/strict";
import { it } from "node:test";
import { aHookArgument } from "../../../test/flows/a-hook-argument.ts";
import { type Allowed, everythingAllowed, nothingAllowed } from "./allowances.ts";
import { goJson } from "./go-value.ts";
import { type ArrivedRequest, readHookRequest } from "./request-values.ts";

interface Given {
  readonly arrived?: Partial<ArrivedRequest>;
  readonly contentType?: string;
  readonly parsed?: readonly [source: string, name: string][];
  readonly allowed?: Allowed;
}

function read(
  type: string,
  body: string,
  { arrived, contentType = "", parsed = [], allowed = nothingAllowed }: Given = {},
) {
  return readHookRequest(
    {
      method: "POST",
      target: "/hooks/h",
      headers: type === "" ? [] : ["Content-Type", type],
      body: Buffer.from(body, "latin1"),
      remoteAddress: "127.0.0.1:1",
      ...arrived,
    },
    {
      incomingPayloadContentType: contentType,
      parseParametersAsJson: parsed.map(([from, name]) => aHookArgument(from, name)),
    },
    allowed,
  );
}

function payload(...given: Parameters<typeof read>): string {
  const result = read(...given);
  return result.ok ? goJson(result.request.payload) : `${result.status} ${result.body}`;
}

it("the body is what its type says, and nothing where the type says nothing", () => {
  assert.equal(payload("application/json; charset=utf-8", '{"a":1.0}'), '{"a":1.0}');
  assert.equal(payload("application/vnd.github+json", " [1,2] "), '{"root":[1,2]}');
  assert.equal(payload("application/x-www-form-urlencoded", "a=1&a=2&b=%C3%A9"), '{"a":"1","b":"é"}');
  assert.equal(payload("text/xml", "<a><b>1</b></a>"), '{"a":{"b":"1"}}');
  assert.equal(payload("text/plain", '{"a":1}'), "null");
  assert.equal(payload("", '{"a":1}'), "null");
  assert.equal(payload("text/plain", '{"a":1}', { contentType: "application/json" }), '{"a":1}');
  assert.equal(payload("APPLICATION/JSON", '{"a":1}'), "null", "the type is compared as it is written");
});

it("a body that is not what its type says has no payload, and the rules are asked all the same", () => {
  for (const [type, body] of [
    ["application/json", '{"a":'],
    ["application/json", '"text"'],
    ["application/json", ""],
    ["application/x-www-form-urlencoded", "a=1&b=%zz"],
    ["application/xml", "<a>"],
  ] as const) {
    const result = read(type, body);
    assert.ok(result.ok && result.problems.length === 1, body);
    assert.equal(goJson(result.request.payload), "null", body);
  }
});

const part = (disposition: string, content: string, type = "text/plain"): string =>
  `--B\r\nContent-Disposition: form-data; ${disposition}\r\nContent-Type: ${type}\r\n\r\n${content}\r\n`;
const multipart = "multipart/form-data; boundary=B";

it("a multipart form has its values, and those of its files that are JSON", () => {
  const body =
    part('name="a"', "1") +
    part('name="a"', "2") +
    part('name="f"; filename="x"', '{"b":2}', "application/json") +
    part('name="g"; filename="x"', '{"c":3}') +
    part('name="bad"; filename="x"', "no", "application/json");
  assert.equal(payload(multipart, `${body}--B--`), '{"a":"1","bad":null,"f":{"b":2}}');
  assert.equal(
    payload(multipart, `${body}--B--`, { parsed: [["payload", "g"]] }),
    '{"a":"1","bad":null,"f":{"b":2},"g":{"c":3}}',
  );
  assert.equal(payload(multipart, "cut"), "500 Error occurred while parsing multipart form.");
  assert.equal(payload("multipart/form-data; x=B", body), "500 Error occurred while parsing multipart form.");
});

it("what is signed of a multipart body is all of it, and nothing of it where that is allowed", () => {
  const body = `${part('name="a"', "1")}--B--`;
  for (const [allowed, signed] of [
    [nothingAllowed, body],
    [everythingAllowed, ""],
  ] as const) {
    const result = read(multipart, body, { allowed });
    assert.ok(result.ok);
    assert.equal(Buffer.from(result.request.body).toString("latin1"), signed);
    assert.equal(goJson(result.request.payload), '{"a":"1"}');
  }
});

it("headers have their canonical names and first values, but for those that Go's server keeps", () => {
  const headers = [
    "x-a",
    "1",
    "X-A",
    "2",
    "host",
    "h",
    "transfer-encoding",
    "chunked",
    "content-length",
    "3",
    "pragma",
    "no-cache",
  ];
  const result = read("", "", {
    arrived: { headers: [...headers, "x-b", "\u00c3\u00a9"], target: "/h?q=1&q=2&bad=%zz" },
  });
  assert.ok(result.ok);
  assert.equal(goJson(result.request.headers), '{"Cache-Control":"no-cache","Pragma":"no-cache","X-A":"1","X-B":"é"}');
  assert.equal(goJson(result.request.query), '{"q":"1"}');
});

it("texts that hold JSON become what they hold, where they are objects", () => {
  const body = '{"a":"{\\"b\\":1}","list":"[1]","deep":{"x":"{\\"y\\":2}"}}';
  const type = "application/json";
  assert.equal(
    payload(type, body, {
      parsed: [
        ["payload", "a"],
        ["payload", "list"],
        ["payload", "none"],
      ],
    }),
    '{"a":{"b":1},"deep":{"x":"{\\"y\\":2}"},"list":"[1]"}',
  );
  const deep: Given = { parsed: [["payload", "deep.x"]] };
  assert.match(payload(type, body, deep), /"deep":\{"x":\{"y":2\}\}/);
  assert.equal(payload(type, body, { ...deep, allowed: everythingAllowed }), "500 ", "adnanh/webhook breaks off");
  const result = read("", "", { arrived: { headers: ["x-json", '{"a":1}'] }, parsed: [["header", "X-JSON"]] });
  assert.ok(result.ok);
  assert.equal(goJson(result.request.headers), '{"X-Json":{"a":1}}');
});
