/**
 * Answers that are not quite right, read by the sender and by another client (node:http, which is built on llhttp):
 * where ours takes one, the other takes it for the same; where ours is stricter, it is so on purpose and said here.
 */
import assert from "node:assert/strict";
import { request } from "node:http";
import { aRequest, faultTest, sendInTime } from "./receiver-kit.ts";

const chunked = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n";

const sameForBoth: readonly string[] = [
  "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok",
  "HTTP/1.1 200\r\ncontent-length: 2\r\n\r\nok",
  "HTTP/1.1 200 \r\ncontent-length: 2\r\n\r\nok",
  "HTTP/1.1 200 \xe9t\xe9\r\nCONTENT-LENGTH:2\r\n\r\nok",
  "HTTP/1.1 200 OK\r\ncontent-length: \t 2 \t \r\n\r\nok",
  "HTTP/1.1 200 OK\r\ncontent-length: 002\r\n\r\nok",
  "HTTP/1.1 200 OK\r\nx-empty:\r\nx-high: \xff\r\ncontent-length: 2\r\n\r\nok",
  "HTTP/1.1 200 OK\r\n\r\nuntil the end",
  "HTTP/1.0 200 OK\r\nconnection: keep-alive\r\ncontent-length: 2\r\n\r\nok",
  "HTTP/1.1 200 OK\r\ntransfer-encoding: gzip\r\n\r\nuntil the end",
  "HTTP/1.1 200 OK\r\ntransfer-encoding: gzip, chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n",
  "HTTP/1.1 200 OK\r\nTransfer-Encoding: Chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n",
  `${chunked}2\r\nok\r\n0\r\n\r\n`,
  `${chunked}002;name="value"\r\nok\r\n0\r\ntrailer: x\r\n\r\n`,
  `${chunked}0\r\n\r\n`,
  "HTTP/1.1 204 None\r\n\r\n",
  "HTTP/1.1 304 None\r\ncontent-length: 10\r\n\r\n",
  "HTTP/1.1 102 Processing\r\n\r\nHTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok",
  // Refused by both.
  "HTTP/1.1 200 OK\ncontent-length: 2\n\nok",
  "HTTP/1.1 200 OK\r\ncontent-length: 2\n\r\nok",
  "HTTP/1.1 200 OK\r\ncontent-length : 2\r\n\r\nok",
  "HTTP/1.1 200 OK\r\n content-length: 2\r\n\r\nok",
  "HTTP/1.1 200 OK\r\ncontent-length: 2\r\ncontent-length: 2\r\n\r\nok",
  "HTTP/1.1 200 OK\r\ncontent-length: 2, 2\r\n\r\nok",
  "HTTP/1.1 200 OK\r\ncontent-length: 2\r\ntransfer-encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n",
  "HTTP/1.1 200 OK\r\ncontent-length:\r\n\r\nok",
  "HTTP/1.1 200 OK\r\nx: a\0b\r\n\r\nok",
  "HTTP/1.1 200 OK\r\nno colon\r\n\r\nok",
  "HTTP/3.0 200 OK\r\ncontent-length: 2\r\n\r\nok",
  "HTTP/1.1 20 OK\r\ncontent-length: 2\r\n\r\nok",
  "HTTP/1.1 200 OK\rcontent-length: 2\r\n\r\nok",
  "ICY 200 OK\r\ncontent-length: 2\r\n\r\nok",
];

/** Ours takes no answer that another could read otherwise, and no version that it does not speak. */
const stricterHere: readonly string[] = [
  "HTTP/2.0 200 OK\r\ncontent-length: 2\r\n\r\nok",
  "HTTP/0.9 200 OK\r\ncontent-length: 2\r\n\r\nok",
  "\r\nHTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok",
  "HTTP/1.1 000 OK\r\ncontent-length: 2\r\n\r\nok",
];

interface Verdict {
  readonly status: number | null;
  readonly body: string;
}

const refused: Verdict = { status: null, body: "" };

function asNodeReads(url: string): Promise<Verdict> {
  return new Promise((resolve) => {
    const sent = request(url, { method: "POST", agent: false }, (response) => {
      let body = "";
      response.setEncoding("latin1");
      response.on("data", (text) => {
        body += text;
      });
      response.on("error", () => {});
      response.on("close", () => resolve({ status: response.statusCode ?? null, body }));
    });
    sent.on("error", () => resolve(refused));
    sent.end();
  });
}

for (const text of [...sameForBoth, ...stricterHere]) {
  const isStricter = stricterHere.includes(text);
  faultTest(`${isStricter ? "refuses, unlike" : "reads like"} another client ${JSON.stringify(text)}`, async (kit) => {
    const receiver = await kit.receiver(({ socket }) => socket.once("data", () => socket.end(text, "latin1")));
    const { status, responseBody, errorClass } = await sendInTime(kit.sender(), aRequest(receiver.url));
    const ours = { status, body: Buffer.from(responseBody).toString("latin1") };
    if (status === null) assert.equal(errorClass, "bad_response");
    if (isStricter) assert.deepEqual(ours, refused);
    const theirs = await asNodeReads(receiver.url);
    if (!isStricter) assert.deepEqual(ours, theirs);
    else assert.notDeepEqual(theirs, refused);
  });
}
