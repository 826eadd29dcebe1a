/** Clients that take nothing of what they asked for, or ask for more on the same connection before they have it. */
import assert from "node:assert/strict";
import { createServer, type ServerResponse } from "node:http";
import { type AddressInfo, connect, type Socket } from "node:net";
import { it, type TestContext } from "node:test";
import { limits } from "../../src/core/limits.ts";
import { httpLimits } from "../../src/http/http-limits.ts";
import { UntakenAnswers, untakenAnswers } from "../../src/http/untaken-answers.ts";
import { eventually } from "../../src/testing/eventually.ts";
import { anEvent, aServer, type TestServer } from "./a-server.ts";
import { publishLarge } from "./a-stream.ts";
import { publish } from "./an-app.ts";

/** More than systems hold for a client that reads nothing. Elsewhere no page is so long. */
const answerBytes = 48 * 1024 * 1024;
Object.assign(limits, { pageBytes: 2 * answerBytes });
const large = { bytes: 240 * 1024, count: 200 };

/** Sends the requests on one connection, of which nothing is read before `resume()`. */
function aSilentClient(context: TestContext, url: string, requests: string): Socket {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  socket.on("error", () => {}); // Being cut off is what the tests are about.
  context.after(() => socket.destroy());
  socket.pause();
  socket.write(requests);
  return socket;
}

interface Answering {
  readonly url: string;
  readonly responses: ServerResponse[];
}

/** Answers every request with the bytes that `bytesOf` has for it, by its number. */
async function anAnswering(
  context: TestContext,
  answers: UntakenAnswers,
  options: { bytesOf: (index: number) => Uint8Array; stalledMsMax?: number },
): Promise<Answering> {
  const responses: ServerResponse[] = [];
  const server = createServer((_request, response) => {
    const bytes = options.bytesOf(responses.length);
    responses.push(response);
    response.end(bytes);
    answers.add(response, bytes, options.stalledMsMax);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  context.after(() => {
    server.close();
    server.closeAllConnections();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, responses };
}

const plainRequest = "GET / HTTP/1.1\r\nhost: localhost\r\n\r\n";

it("answers that nobody takes are bounded together: who has had his for the longest is cut off", async (context) => {
  const answers = new UntakenAnswers(2.5 * answerBytes);
  const { url, responses } = await anAnswering(context, answers, { bytesOf: () => Buffer.alloc(answerBytes) });
  const clients: Socket[] = [];
  for (let count = 1; count <= 5; count++) {
    clients.push(aSilentClient(context, url, plainRequest));
    await eventually(`${count} are answered`, () => responses.length === count);
  }
  assert.equal(answers.bytes, 2 * answerBytes);
  await eventually("three are cut off", () => responses.filter(({ closed }) => closed).length === 3);
  assert.deepEqual(
    responses.map(({ destroyed }) => destroyed),
    [true, true, true, false, false],
  );
  let received = 0;
  clients[3]?.on("data", (chunk) => {
    received += chunk.length;
  });
  clients[3]?.resume();
  await eventually("whoever reads has it all", () => received > answerBytes);
  await eventually("it counts no more", () => answers.bytes === answerBytes);
  clients[4]?.destroy();
  await eventually("nor does that of whoever goes away", () => answers.bytes === 0);
});

it("bytes that many are given count once", async (context) => {
  const answers = new UntakenAnswers(1.5 * answerBytes);
  const shared = Buffer.alloc(answerBytes);
  const { url, responses } = await anAnswering(context, answers, { bytesOf: () => shared });
  const clients = [1, 2, 3, 4].map(() => aSilentClient(context, url, plainRequest));
  await eventually("all are answered", () => responses.length === 4);
  assert.equal(answers.bytes, answerBytes);
  assert.ok(responses.every(({ destroyed }) => !destroyed));
  for (const client of clients) client.destroy();
  await eventually("nothing is left", () => answers.bytes === 0);
});

it("an answer of which nothing is taken is cut off in time", async (context) => {
  const answers = new UntakenAnswers(10 * answerBytes);
  const bytesOf = () => Buffer.alloc(answerBytes);
  const { url, responses } = await anAnswering(context, answers, { bytesOf, stalledMsMax: 100 });
  aSilentClient(context, url, plainRequest);
  await eventually("it is cut off", () => responses[0]?.closed);
  assert.equal(answers.bytes, 0);
});

for (const [form, query, header] of [
  ["a page", "limit=1000", "accept: application/json"],
  ["a page downwards", "limit=1000&order=desc", "accept: application/json"],
  ["a batch of CloudEvents", "limit=1000", "accept: application/cloudevents-batch+json"],
  ["a list of Stripe's", "limit=100", "stripe-version: 2026-10-28.endive"],
  ["a stream", "after=earliest", "accept: text/event-stream"],
  ["an export", "after=earliest", "accept: application/x-ndjson"],
] as const) {
  it(`${form} that its client does not take is counted until the client goes away`, async (context) => {
    const { app, url, key } = await aServer(context);
    await publishLarge(app, large.count, large.bytes);
    const request = (more: string) =>
      `GET /v1/events?${query} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${key}\r\n${header}\r\n${more}\r\n`;
    const clients = [1, 2, 3].map(() => aSilentClient(context, url, request("")));
    await eventually("it is counted", () => untakenAnswers.bytes > 1024 * 1024);
    for (const client of clients) client.destroy();
    await eventually("it is not any more", () => untakenAnswers.bytes === 0);
  });
}

it("what a consumer fetches and does not take is counted until it goes away", async (context) => {
  const { app, url, key, ask } = await aServer(context);
  await ask("PUT /v1/consumers/slow", { body: { from: "earliest" } });
  await publishLarge(app, large.count, large.bytes);
  const head = `host: x\r\nauthorization: Bearer ${key}\r\n\r\n`;
  const client = aSilentClient(context, url, `GET /v1/consumers/slow/events?limit=1000 HTTP/1.1\r\n${head}`);
  await eventually("it is counted", () => untakenAnswers.bytes > 1024 * 1024);
  client.destroy();
  await eventually("it is not any more", () => untakenAnswers.bytes === 0);
});

function pipelined(context: TestContext, server: TestServer, requests: readonly [path: string, header?: string][]) {
  const text = requests.map(
    ([path, header = ""]) =>
      `GET ${path} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${server.key}\r\n${header}${header && "\r\n"}\r\n`,
  );
  const socket = aSilentClient(context, server.url, text.join(""));
  let received = "";
  socket.on("data", (chunk) => {
    received += chunk;
  });
  socket.resume();
  return { socket, text: () => received };
}

const waiting = ({ app }: TestServer, count: number) => eventually(`${count} wait`, () => app.feed.waiting === count);

it("requests behind one that waits have their turn after it, in order", async (context) => {
  const server = await aServer(context);
  const { text } = pipelined(context, server, [
    ["/v1/events?after=latest&wait=60"],
    ["/v1/events?after=latest&wait=60&types=second"],
    ["/v1/events?limit=1"],
  ]);
  await waiting(server, 1);
  await publish(server.app, anEvent({ id: "evt_1" }));
  await eventually("the first is answered", () => text().includes("evt_1"));
  await waiting(server, 1);
  await publish(server.app, anEvent({ id: "evt_2", type: "second" }));
  await eventually("all are answered", () => text().split("HTTP/1.1 200 OK").length === 4);
  assert.deepEqual(
    [...text().matchAll(/"id":"(\w+)"/g)].map(([, id]) => id),
    ["evt_1", "evt_2", "evt_1"],
  );
});

it("whoever goes away with streams behind streams leaves none of them", async (context) => {
  const server = await aServer(context);
  const stream = ["/v1/events", "accept: text/event-stream"] as [string, string];
  const { socket } = pipelined(context, server, Array(10).fill(stream));
  await waiting(server, 1);
  socket.destroy();
  await waiting(server, 0);
});

it("more requests on a connection than may wait for each other are refused", async (context) => {
  const server = await aServer(context);
  const tooMany = 3;
  const count = 1 + httpLimits.pipelinedRequests + tooMany;
  const { text } = pipelined(context, server, Array(count).fill(["/v1/events?wait=60"]));
  await waiting(server, 1);
  await publish(server.app, anEvent({ id: "evt_1" }));
  const statuses = () => [...text().matchAll(/HTTP\/1\.1 (\d+)/g)].map(([, status]) => Number(status));
  await eventually("all are answered", () => statuses().length === count);
  assert.deepEqual(statuses(), [...Array(count - tooMany).fill(200), ...Array(tooMany).fill(503)]);
  assert.match(text(), /"code":"too-many-waiting"/);
});
