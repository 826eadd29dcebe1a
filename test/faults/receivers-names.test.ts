/** Name servers on loopback that answer, fail or keep silent. */
import assert from "node:assert/strict";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { HostsFile } from "../../src/platform/hosts-file.ts";
import { NameResolver } from "../../src/platform/name-resolver.ts";
import { temporaryFolder } from "../../src/testing/temporary-folder.ts";

const typeA = 1;

interface NameServer {
  readonly address: string;
  /** `name type` of every question. */
  readonly questions: string[];
}

/** Answers with IPv4 addresses, with a response code (a number), or not at all (`silent`). */
async function aNameServer(
  context: TestContext,
  answer: (name: string) => readonly string[] | number | "silent",
): Promise<NameServer> {
  const socket = createSocket("udp4");
  const questions: string[] = [];
  socket.on("message", (query, from) => {
    const labels: string[] = [];
    let at = 12;
    for (; query[at] !== 0; at += query[at]! + 1) labels.push(query.toString("latin1", at + 1, at + 1 + query[at]!));
    const name = labels.join(".");
    const type = query.readUInt16BE(at + 1);
    questions.push(`${name} ${type}`);
    const known = answer(name);
    if (known === "silent") return;
    const records = typeof known === "number" || type !== typeA ? [] : known;
    const head = Buffer.from(query.subarray(0, 12));
    head.writeUInt16BE(0x8180 | (typeof known === "number" ? known : 0), 2);
    head.writeUInt16BE(records.length, 6);
    head.writeUInt32BE(0, 8);
    const bodies = records.map((address) =>
      Buffer.from([0xc0, 12, 0, typeA, 0, 1, 0, 0, 0, 0, 0, 4, ...address.split(".").map(Number)]),
    );
    socket.send(Buffer.concat([head, query.subarray(12, at + 5), ...bodies]), from.port, from.address);
  });
  socket.bind(0, "127.0.0.1");
  await once(socket, "listening");
  context.after(() => socket.close());
  return { address: `127.0.0.1:${socket.address().port}`, questions };
}

async function aHostsFile(text: string): Promise<HostsFile> {
  const folder = temporaryFolder("hosts");
  await writeFile(join(folder, "hosts"), text);
  return new HostsFile(join(folder, "hosts"));
}

test("a name has the addresses that its server gives, and is asked for once however many want it", async (context) => {
  const server = await aNameServer(context, () => ["192.0.2.1", "192.0.2.2"]);
  const resolver = new NameResolver({ servers: [server.address] });
  const answers = await Promise.all(Array.from({ length: 64 }, () => resolver.resolve("receiver.test")));
  for (const answer of answers) assert.deepEqual([...answer].sort(), ["192.0.2.1", "192.0.2.2"]);
  assert.deepEqual(server.questions.sort(), ["receiver.test 1", "receiver.test 28"]);
});

test("names whose servers keep silent do not hold up the others", async (context) => {
  const server = await aNameServer(context, (name) => (name.startsWith("silent") ? "silent" : ["192.0.2.1"]));
  const resolver = new NameResolver({ servers: [server.address] });
  const silent = Array.from({ length: 100 }, (_, index) => resolver.resolve(`silent-${index}.test`));
  const settled = Promise.allSettled(silent);
  const startedMs = performance.now();
  for (let i = 0; i < 20; i++) assert.deepEqual(await resolver.resolve(`quick-${i}.test`), ["192.0.2.1"]);
  assert.ok(performance.now() - startedMs < 1000);
  resolver.close();
  for (const answer of await settled) assert.equal(answer.status, "rejected");
});

test("a server failure is an error, and is not asked of the system's resolver", async (context) => {
  const serverFailure = 2;
  const server = await aNameServer(context, () => serverFailure);
  const resolver = new NameResolver({ servers: [server.address], hosts: await aHostsFile("") });
  await assert.rejects(resolver.resolve("localhost"), { code: "ESERVFAIL" });
});

test("a name that the name server does not know may be known to the system", async (context) => {
  const noSuchName = 3;
  const server = await aNameServer(context, () => noSuchName);
  const hosts = await aHostsFile("");
  const resolver = new NameResolver({ servers: [server.address], hosts });
  const answer = await resolver.resolve("localhost");
  assert.ok(answer.includes("127.0.0.1") || answer.includes("::1"));
  await assert.rejects(resolver.resolve("no-such-name.invalid"), { syscall: "getaddrinfo" });
});

test("what the hosts file lists is not asked of a name server", async (context) => {
  const server = await aNameServer(context, () => ["192.0.2.1"]);
  const hosts = await aHostsFile("192.0.2.7 Receiver.Test\n");
  const resolver = new NameResolver({ servers: [server.address], hosts });
  assert.deepEqual(await resolver.resolve("receiver.test"), ["192.0.2.7"]);
  assert.deepEqual(server.questions, []);
});
