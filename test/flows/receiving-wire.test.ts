/** `/in/{source}` on bare sockets: what a stranger may write on the wire leads to the source that he names, or nowhere. */
import assert from "node:assert/strict";
import { it, type TestContext } from "node:test";
import { decodeRequest } from "../../src/core/received-request.ts";
import { aServer } from "./a-server.ts";
import { aSource, sendRaw } from "./a-source.ts";

const nothing = new Uint8Array(0);

async function anOpenServer(context: TestContext) {
  const { app, url } = await aServer(context, { app: { trustedProxies: ["loopback"] } });
  for (const name of ["open", "other"]) await aSource(app, { name, scheme: { unverified: true } });
  const request = (target: string, headers = "", end = "connection: close\r\n") =>
    `POST ${target} HTTP/1.1\r\nhost: a\r\n${headers}${end}content-length: 2\r\n\r\n{}`;
  const requests = async () => {
    const { events } = await app.store.events.read({ after: 0, limit: 1000, bytesMax: 1e9 });
    return events.map((event) => decodeRequest(event.request ?? nothing, event.data));
  };
  return { url, request, requests };
}

it("dots and encoded slashes behind a name lead to no other source, and are kept as they came", async (context) => {
  const { url, request, requests } = await anOpenServer(context);
  const targets = ["/in/open/../other", "/in/open/%2e%2e/other", "/in/open/..%2fother", "/in/%6fpen", "/in/open//x;y"];
  for (const target of targets) assert.match(await sendRaw(url, request(target)), /^HTTP\/1\.1 200 /, target);
  assert.deepEqual(
    (await requests()).map(({ source, target }) => [source, target]),
    targets.map((target) => ["open", target]),
  );
});

it("a name in other case, with an encoded slash or after one too many is nobody's", async (context) => {
  const { url, request, requests } = await anOpenServer(context);
  const targets = [
    "/in/OPEN",
    "/IN/open",
    "/in/open%2fother",
    "/in/x/../open",
    "/in//open",
    "//in/open",
    "/in/open%00",
  ];
  for (const target of targets) assert.match(await sendRaw(url, request(target)), /^HTTP\/1\.1 404 /, target);
  assert.equal((await requests()).length, 0);
});

it("among a thousand headers none is left out: there are all of them, or it is 431", async (context) => {
  const { url, request, requests } = await anOpenServer(context);
  const headers = (count: number) =>
    `x-forwarded-for: 192.0.2.1\r\n${"a:\r\n".repeat(count)}x-forwarded-for: 192.0.2.2\r\n`;
  assert.match(await sendRaw(url, request("/in/open", headers(900))), /^HTTP\/1\.1 200 /);
  assert.match(await sendRaw(url, request("/in/open", headers(1500))), /^HTTP\/1\.1 431 /);
  const [received, ...others] = await requests();
  assert.deepEqual([received?.address, received?.headers.length, others.length], ["192.0.2.2", 2 * 905, 0]);
});

it("an answer has the length of its body in bytes, and one of 204 has none", async (context) => {
  const { app, url } = await aServer(context);
  const answers = [
    { status: 202, body: "é", contentType: "application/json" },
    { status: 204, body: "", contentType: "text/plain" },
  ];
  for (const answer of answers) {
    await aSource(app, { name: `to${answer.status}`, scheme: { unverified: true }, answer });
  }
  const ask = (path: string) => sendRaw(url, `POST ${path} HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n`);
  const accepted = await ask("/in/to202");
  assert.match(accepted, /^content-type: application\/json\r\n/im);
  assert.match(accepted, /^content-length: 2\r\n/im);
  assert.ok(accepted.endsWith(`\r\n\r\n${Buffer.from("é").toString("latin1")}`));
  const empty = await ask("/in/to204");
  assert.match(empty, /^HTTP\/1\.1 204 /);
  assert.doesNotMatch(empty, /content-length|transfer-encoding/i);
});

it("requests that are sent before the first is answered are answered in their order", async (context) => {
  const { url, request, requests } = await anOpenServer(context);
  const first = Array.from({ length: 50 }, (_, index) => request(`/in/open/${index}`, "", "")).join("");
  const answers = await sendRaw(url, first + request("/in/nobody", "", "") + request("/in/other"));
  const statuses = [...answers.matchAll(/HTTP\/1\.1 (\d+)/g)].map(([, status]) => status);
  assert.deepEqual(statuses, [...Array.from({ length: 50 }, () => "200"), "404", "200"]);
  assert.equal((await requests()).length, 51);
});
