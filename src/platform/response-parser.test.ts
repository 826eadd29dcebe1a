import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { limits } from "../core/limits.ts";
import { type Answer, ResponseParser } from "./response-parser.ts";

const headerBytesMax = 16 * 1024;

interface Reading {
  readonly answer: Answer;
  readonly status: number | null;
  readonly body: string;
  readonly keepsConnection: boolean;
}

/** Reads pieces from one buffer that is used again for each, as the sender does, and then the end where `isEnded`. */
function readPieces(pieces: readonly Uint8Array[], { isEnded = false } = {}, parser = aParser()): Reading {
  const shared = new Uint8Array(Math.max(1, ...pieces.map((piece) => piece.length)));
  for (const piece of pieces) {
    shared.fill(0x58);
    shared.set(piece);
    parser.push(shared, piece.length);
  }
  if (isEnded) parser.end();
  const { answer, status, keepsConnection } = parser;
  return { answer, status, body: Buffer.from(parser.body).toString("latin1"), keepsConnection };
}

function aParser(): ResponseParser {
  const parser = new ResponseParser(headerBytesMax);
  parser.reset();
  return parser;
}

const bytes = (text: string): Uint8Array => Buffer.from(text, "latin1");
const read = (text: string, options = {}): Reading => readPieces([bytes(text)], options);

/** Cuts bytes at these places. */
function cutAt(whole: Uint8Array, places: readonly number[]): Uint8Array[] {
  const sorted = [...new Set(places.map((place) => place % (whole.length + 1)))].sort((a, b) => a - b);
  return [0, ...sorted].map((start, index) => whole.subarray(start, sorted[index] ?? whole.length));
}

const answers: Readonly<Record<string, string>> = {
  plain: "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 5\r\nRetry-After: 3\r\n\r\nhello",
  empty: "HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n",
  "no reason": "HTTP/1.1 204\r\n\r\n",
  chunked:
    "HTTP/1.1 500 No\r\ntransfer-encoding: chunked\r\n\r\n5;a=b\r\nhello\r\nA\r\n, in parts\r\n0\r\nx: y\r\n\r\n",
  interim: "HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\nHTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok",
  "until the end": "HTTP/1.0 200 OK\r\n\r\nall of it",
  surplus: "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok and more",
  malformed: "HTTP/1.1 200 OK\r\ncontent-length: 2\r\ncontent-length: 2\r\n\r\nok",
};

const odd = fc.constantFrom(
  ..."\r\n",
  "\r\n\r\n",
  "HTTP/1.1 200 OK",
  "HTTP/1.0 ",
  "content-length: 3",
  "transfer-encoding: chunked",
  "connection: close",
  "5\r\n",
  "0\r\n\r\n",
  ..." :;\t\0x9",
);
const anyText = fc.oneof(
  fc.array(odd, { maxLength: 20 }).map((parts) => parts.join("")),
  fc.constantFrom(...Object.values(answers)),
  fc
    .tuple(fc.constantFrom(...Object.values(answers)), fc.nat(), fc.nat(255))
    .map(
      ([text, at, byte]) =>
        text.slice(0, at % text.length) + String.fromCharCode(byte) + text.slice((at % text.length) + 1),
    ),
);

test("an answer reads the same in whatever pieces it comes", () => {
  fc.assert(
    fc.property(anyText, fc.array(fc.nat(), { maxLength: 12 }), fc.boolean(), (text, places, isEnded) => {
      const whole = bytes(text);
      const { keepsConnection, ...expected } = readPieces([whole], { isEnded });
      const { keepsConnection: alsoKeeps, ...pieces } = readPieces(cutAt(whole, places), { isEnded });
      assert.deepEqual(pieces, expected);
      // Pieces behind the answer go to whoever comes next on the connection, who is told that they are not his.
      if (keepsConnection) assert.ok(alsoKeeps);
    }),
    { numRuns: 3000 },
  );
});

test("every answer reads the same byte by byte", () => {
  for (const text of Object.values(answers)) {
    const whole = bytes(text);
    const places = Array.from(whole.keys());
    for (const isEnded of [false, true])
      assert.deepEqual(readPieces(cutAt(whole, places), { isEnded }), readPieces([whole], { isEnded }));
  }
});

test("random bytes are never a status, an exception or a hang", () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 200 }), { maxLength: 5 }), (pieces) => {
      const { status } = readPieces(pieces, { isEnded: true });
      assert.equal(status, null);
    }),
  );
});

test("what is read of one answer leaves no trace in the next", () => {
  fc.assert(
    fc.property(anyText, fc.constantFrom(...Object.values(answers)), (before, text) => {
      const parser = aParser();
      readPieces([bytes(before)], { isEnded: true }, parser);
      parser.reset();
      assert.deepEqual(readPieces([bytes(text)], {}, parser), read(text));
      assert.equal(parser.retryAfter, text.includes("Retry-After") ? "3" : null);
    }),
  );
});

test("a body without length ends with the connection, and only then is it whole", () => {
  const text = answers["until the end"]!;
  assert.equal(read(text).answer, "unfinished");
  assert.deepEqual(read(text, { isEnded: true }), {
    answer: "complete",
    status: 200,
    body: "all of it",
    keepsConnection: false,
  });
  assert.equal(read("HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhell", { isEnded: true }).answer, "unfinished");
  assert.equal(read("HTTP/1.1 200 OK\r\n", { isEnded: true }).status, null);
});

for (const [headers, keepsConnection] of [
  ["HTTP/1.1 200 OK\r\ncontent-length: 0", true],
  ["HTTP/1.1 200 OK\r\ncontent-length: 0\r\nConnection: Keep-Alive, Close", false],
  ["HTTP/1.1 200 OK\r\ncontent-length: 0\r\nconnection: x\r\nconnection: close", false],
  ["HTTP/1.0 200 OK\r\ncontent-length: 0", false],
  ["HTTP/1.0 200 OK\r\ncontent-length: 0\r\nconnection: Keep-Alive", true],
  ["HTTP/1.1 204 None", true],
  ["HTTP/1.1 204 None\r\ncontent-length: 0", true],
  ["HTTP/1.1 204 None\r\ncontent-length: 5", false],
  ["HTTP/1.1 204 None\r\ntransfer-encoding: chunked", false],
  ["HTTP/1.1 304 None\r\ncontent-length: 5", true],
] as const) {
  test(`the connection ${keepsConnection ? "serves on" : "is closed"} after ${JSON.stringify(headers)}`, () => {
    const { answer, keepsConnection: keeps } = read(`${headers}\r\n\r\n`);
    assert.equal(answer, "complete");
    assert.equal(keeps, keepsConnection);
  });
}

test("an answer in chunks of HTTP/1.0 is read, and its connection is not trusted further", () => {
  const head = "HTTP/1.0 200 OK\r\nconnection: keep-alive\r\ntransfer-encoding: chunked";
  const { answer, body, keepsConnection } = read(`${head}\r\n\r\n2\r\nok\r\n0\r\n\r\n`);
  assert.deepEqual([answer, body, keepsConnection], ["complete", "ok", false]);
});

for (const head of [
  "HTTP/1.1 200 OK\ncontent-length: 0\r\n\r\n",
  "HTTP/1.1 200 OK\r\ncontent-length: 0\n\r\n",
  "HTTP/1.1 200 OK\r\nx: a\rb\r\n\r\n",
  "HTTP/1.1 200 OK\r\nx: a\r\n folded\r\n\r\n",
  "HTTP/1.1 200 OK\r\nx : a\r\n\r\n",
  "HTTP/1.1 200 OK\r\nno colon\r\n\r\n",
  "HTTP/1.1 200OK\r\n\r\n",
  "HTTP/1.1 2000 OK\r\n\r\n",
  "HTTP/1.1 099 OK\r\n\r\n",
  "HTTP/1.1  200 OK\r\n\r\n",
  "HTTP/1.2 200 OK\r\n\r\n",
  "http/1.1 200 OK\r\n\r\n",
  "\r\nHTTP/1.1 200 OK\r\n\r\n",
  "HTTP/1.1 200 OK\r\ncontent-length: 1, 1\r\n\r\nx",
  "HTTP/1.1 200 OK\r\ncontent-length: +1\r\n\r\nx",
  "HTTP/1.1 200 OK\r\ncontent-length: 0x1\r\n\r\nx",
  "HTTP/1.1 200 OK\r\ncontent-length:\r\n\r\nx",
  "HTTP/1.1 200 OK\r\ncontent-length: 1\r\ntransfer-encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n\r\n",
]) {
  test(`refuses ${JSON.stringify(head)}`, () => {
    const { answer, status } = read(head);
    assert.deepEqual([answer, status], ["malformed", null]);
  });
}

for (const body of [
  "1\nx\r\n0\r\n\r\n",
  "1 \r\nx\r\n0\r\n\r\n",
  "\r\n\r\n",
  "1\r\nxy\r\n",
  "1\r\nx\n0\r\n\r\n",
  `1;${"e".repeat(2000)}`,
]) {
  test(`a chunk that is none is the end: ${JSON.stringify(body.slice(0, 30))}`, () => {
    const { answer, status } = read(`HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n${body}`);
    assert.deepEqual([answer, status], ["malformed", 200]);
  });
}

test("headers may have so many bytes and no more, in one line or in many, whole or in pieces", () => {
  for (const line of [`x: ${"y".repeat(1000)}\r\n`, "x:\r\n"]) {
    const text = `HTTP/1.1 200 OK\r\n${line.repeat(Math.ceil((2 * headerBytesMax) / (line.length - 2)))}`;
    assert.equal(read(text).answer, "headers-too-large");
    assert.equal(readPieces(cutAt(bytes(text), [5000, 9000, 16_000])).answer, "headers-too-large");
  }
  const endless = `HTTP/1.1 200 OK\r\nx: ${"y".repeat(headerBytesMax)}`;
  assert.equal(read(endless).answer, "headers-too-large");
  const trailer = `HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n0\r\n${`x: ${"y".repeat(1000)}\r\n`.repeat(20)}`;
  assert.equal(read(trailer).answer, "malformed");
});

test("a body is kept up to its limit, in a buffer of its size", () => {
  const most = limits.responseBodyBytes;
  for (const framing of [`content-length: ${most + 1}`, "connection: close"]) {
    const parser = aParser();
    const head = `HTTP/1.1 200 OK\r\n${framing}\r\n\r\n`;
    assert.equal(parser.push(bytes(head + "x".repeat(most)), head.length + most), "unfinished");
    assert.equal(parser.push(bytes("x"), 1), "cut");
    assert.equal(parser.body.length, most);
    assert.equal(parser.body.buffer.byteLength, most);
  }
  const parser = aParser();
  const begun = "HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\nhalf";
  parser.push(bytes(begun), begun.length);
  assert.equal(parser.body.buffer.byteLength, 4, "what was announced and did not come is not kept");
});

test("headers that are wanted are kept, however they are written, and those of interim answers are not", () => {
  const parser = aParser();
  parser.wanted = ["x-a", "x-b"];
  const interim = "HTTP/1.1 103 Early Hints\r\nx-a: early\r\n\r\n";
  const head = "HTTP/1.1 200 OK\r\nX-A:  1 \r\nx-c: 3\r\nx-a: 2\r\n__proto__: 4\r\ncontent-length: 0\r\n\r\n";
  assert.equal(readPieces([bytes(interim + head)], {}, parser).answer, "complete");
  assert.deepEqual(Object.entries(parser.others), [["x-a", "1,2"]]);
  parser.reset();
  readPieces([bytes("HTTP/1.1 200 OK\r\nx-b: 5\r\ncontent-length: 0\r\n\r\n")], {}, parser);
  assert.deepEqual(Object.entries(parser.others), [["x-b", "5"]]);
  parser.wanted = null;
  parser.reset();
  readPieces([bytes("HTTP/1.1 200 OK\r\nx-a: 6\r\ncontent-length: 0\r\n\r\n")], {}, parser);
  assert.deepEqual(Object.entries(parser.others), [["x-b", "5"]], "nothing is done for whoever wants none");
});
