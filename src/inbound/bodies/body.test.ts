import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { dataOf } from "./body.ts";

interface Sent {
  readonly type?: string;
  readonly body: string | Uint8Array;
  readonly target?: string;
}

async function data({ type, body, target = "/in/a" }: Sent): Promise<string> {
  const bytes = Buffer.from(body);
  const headers = type === undefined ? [] : ["Content-Type", type];
  return Buffer.from(await dataOf({ target, headers }, { body: bytes, received: bytes })).toString();
}

const json = async (sent: Sent): Promise<unknown> => JSON.parse(await data(sent));
const form = "application/x-www-form-urlencoded";

describe("a body that is JSON", () => {
  const texts = [
    '{"n":12345678901234567890,"same":1,"same":2}',
    ' {"spaced" : [1 ,\n\t2] }\r\n',
    '"\\ud800"',
    "null",
    "-0",
    `${"[".repeat(64)}${"]".repeat(64)}`,
  ];
  for (const text of texts) {
    it(`is the data byte for byte, whatever its type says: ${text.slice(0, 40)}`, async () => {
      for (const type of [undefined, "application/json", "text/plain; charset=UTF-8", "image/png"]) {
        assert.equal(await data({ ...(type && { type }), body: text }), text);
      }
    });
  }

  it("is taken as such where a client that says nothing calls it a form", async () => {
    assert.equal(await data({ type: form, body: '{"a":"1&2"}' }), '{"a":"1&2"}');
  });
});

describe("a body that says it is JSON, and is not", () => {
  it("is kept as text, with its byte order mark, its depth and its mistakes", async () => {
    for (const text of ['\ufeff{"a":1}', '{"a":1', "{a:1}", "[1]x", `${"[".repeat(65)}${"]".repeat(65)}`]) {
      assert.equal(await json({ type: "application/json", body: text }), text);
    }
  });

  it("is kept as base64 where it is no text", async () => {
    const body = Buffer.from('{"a":"\xff"}', "latin1");
    assert.deepEqual(await json({ type: "application/json", body }), { base64: body.toString("base64") });
  });
});

describe("a form", () => {
  it("is an object; a name that comes again has a list, and no name is special", async () => {
    assert.deepEqual(
      await data({ type: form, body: "a=1&b=x+y%21&a=2&a=&__proto__=p&constructor=c" }),
      '{"a":["1","2",""],"b":"x y!","__proto__":"p","constructor":"c"}',
    );
  });

  it("whose one field is `payload` with JSON is that JSON, and no other is", async () => {
    const payload = '{"id":12345678901234567890}';
    assert.equal(await data({ type: form, body: `payload=${encodeURIComponent(payload)}` }), payload);
    assert.deepEqual(await json({ type: form, body: "payload=x" }), { payload: "x" });
    assert.deepEqual(await json({ type: form, body: "payload=1&a=2" }), { payload: "1", a: "2" });
  });

  it("with more fields than anybody reads is kept as text", async () => {
    const body = Array.from({ length: 10_001 }, (_, index) => `f${index}=1`).join("&");
    assert.equal(await json({ type: form, body }), body);
  });
});

describe("XML", () => {
  it("is elements and attributes, with every text as it is written", async () => {
    const body = '<?xml version="1.0"?><a id="007"><b>01</b><b>&lt;2&#33;</b><c/><d><![CDATA[<e>]]></d></a>';
    assert.deepEqual(await json({ type: "text/xml", body }), {
      a: { b: ["01", "<2!"], c: "", d: "<e>", "@id": "007" },
    });
  });

  it("that defines entities, is too deep, or is broken is kept as text, and nothing of it is resolved", async () => {
    const bomb = '<!DOCTYPE a [<!ENTITY b "bbbb"><!ENTITY c "&b;&b;">]><a>&c;</a>';
    const file = '<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><a>&b;</a>';
    const deep = `${"<a>".repeat(200)}${"</a>".repeat(200)}`;
    for (const body of [bomb, file, deep, "<a><b></a>", "not xml", `<a>${"x".repeat(1024 * 1024)}</a>`]) {
      assert.equal(await json({ type: "application/soap+xml", body }), body);
    }
  });

  it("of so many tags, attributes or entities that reading it would hold up all others is kept as text", async () => {
    const bodies = [
      `<a>${"<b/>".repeat(20_001)}</a>`,
      `<a ${Array.from({ length: 20_001 }, (_, index) => `b${index}="1"`).join(" ")}/>`,
      `<a>${"&amp;".repeat(20_001)}</a>`,
    ];
    for (const body of bodies) assert.equal(await json({ type: "application/xml", body }), body);
    assert.deepEqual(await json({ type: "application/xml", body: `<a>${"<b/>".repeat(9000)}</a>` }), {
      a: { b: Array.from({ length: 9000 }, () => "") },
    });
  });

  it("has no name that reaches into objects", async () => {
    await json({ type: "application/xml", body: "<__proto__><polluted>1</polluted></__proto__>" });
    assert.equal(({} as { polluted?: unknown }).polluted, undefined);
  });
});

describe("a multipart body", () => {
  const boundary = "----b";
  const type = `multipart/form-data; boundary=${boundary}`;
  const part = (head: string, content: string): string => `--${boundary}\r\n${head}\r\n\r\n${content}\r\n`;
  const field = (name: string, value: string): string => part(`Content-Disposition: form-data; name="${name}"`, value);

  it("is its fields and its files, which are text where they can be", async () => {
    const files =
      part('Content-Disposition: form-data; name="f"; filename="a.txt"\r\nContent-Type: text/plain', "é") +
      part('Content-Disposition: form-data; name="f"; filename="b.bin"\r\nContent-Type: image/png', "\xff\x00");
    const body = Buffer.from(`${field("a", "1")}${field("a", "2")}${files}--${boundary}--\r\n`, "latin1");
    assert.deepEqual(await json({ type, body }), {
      fields: { a: ["1", "2"] },
      parts: [
        { name: "f", filename: "a.txt", content_type: "text/plain", bytes: 1, base64: "6Q==" },
        { name: "f", filename: "b.bin", content_type: "image/png", bytes: 2, base64: "/wA=" },
      ],
    });
    assert.deepEqual(await json({ type, body: `${field("t", "é")}--${boundary}--` }), {
      fields: { t: "é" },
      parts: [],
    });
  });

  it("that is cut off, has no boundary, or too many parts is kept as text", async () => {
    const many = `${field("a", "").repeat(1001)}--${boundary}--`;
    for (const body of [field("a", "1"), "nothing of the kind", many]) {
      assert.equal(await json({ type, body }), body);
    }
    assert.equal(await json({ type: "multipart/form-data", body: "x" }), "x");
  });
});

describe("any other body", () => {
  it("is a text in its own character set, or base64", async () => {
    assert.equal(await json({ type: "text/plain", body: "héllo\n" }), "héllo\n");
    const latin = Buffer.from("h\xe9llo", "latin1");
    assert.equal(await json({ type: "text/plain; charset=iso-8859-1", body: latin }), "héllo");
    assert.deepEqual(await json({ type: "text/plain", body: latin }), { base64: latin.toString("base64") });
    assert.deepEqual(await json({ type: "text/plain; charset=klingon", body: "x" }), { base64: "eA==" });
    assert.deepEqual(await json({ type: "image/png", body: Buffer.from([0x89, 0x50, 0xff]) }), { base64: "iVD/" });
  });

  it("of a thousand parts, or of files larger than what is read at once, is whole", async () => {
    const boundary = "b";
    const head = (more: string) => `--b\r\nContent-Disposition: form-data; name="a"${more}\r\n\r\n`;
    const type = `multipart/form-data; boundary=${boundary}`;
    const large = "x".repeat(300_000);
    const body = `${`${head("")}1\r\n`.repeat(998)}${head('; filename="f"')}${large}\r\n--b--\r\n`;
    const { fields, parts } = (await json({ type, body })) as {
      fields: { a: string[] };
      parts: { text: string }[];
    };
    assert.deepEqual([fields.a.length, parts.length, parts[0]?.text === large], [998, 1, true]);
  });

  it("that would be six times as large as text is base64", async () => {
    const controls = "\u0001".repeat(1000);
    assert.deepEqual(await json({ type: "text/plain", body: controls }), {
      base64: Buffer.from(controls).toString("base64"),
    });
    assert.equal(await json({ type: "text/plain", body: "a\u0001" }), "a\u0001");
  });

  it("that is empty is the query as an object", async () => {
    assert.deepEqual(await json({ body: "", target: "/in/a?x=1&x=2&y=%C3%A9" }), { x: ["1", "2"], y: "é" });
    assert.deepEqual(await json({ type: "application/json", body: "", target: "/in/a" }), {});
  });
});
