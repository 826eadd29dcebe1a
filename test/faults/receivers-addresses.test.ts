/** Attempts to make the sender reach what it must not. Nothing here connects anywhere but to loopback. */
import assert from "node:assert/strict";
import { createServer } from "node:net";
import { AddressGuard } from "../../src/platform/address-guard.ts";
import { parseAllowList } from "../../src/platform/allow-list.ts";
import { answering, aRequest, eventually, faultTest, ok, sendInTime } from "./receiver-kit.ts";
import { testCertificate } from "./test-certificate.ts";

/** Each is an address that must not be reached, as somebody who means harm would write it. */
const spellings = [
  "127.0.0.1",
  "127.0.0.1.",
  "127.1",
  "127.0.1",
  "127.000.000.001",
  "0177.0.0.1",
  "00000177.0.0.1",
  "0x7f.0.0.1",
  "0x7F.0x0.0x0.0x1",
  "0x7f.1",
  "0x7f000001",
  "0X7F000001",
  "2130706433",
  "017700000001",
  "0000000000000000017700000001",
  "127.0.0.01",
  "127.255.255.254",
  "127.127",
  "%31%32%37.0.0.1",
  "127%2e0%2e0%2e1",
  "１２７.０.０.１",
  "①②⑦.⓪.⓪.①",
  "127。0。0。1",
  "127．0．0．1",
  "127\u00ad.0.0.1",
  "1\t27.0.0.1",
  "user@127.0.0.1",
  "example.com@127.0.0.1",
  "example.com%40x:y@127.0.0.1",
  "localhost",
  "LOCALHOST",
  "localhost.",
  "ⓛⓞⓒⓐⓛⓗⓞⓢⓣ",
  "anything.localhost",
  "[::1]",
  "[0:0:0:0:0:0:0:1]",
  "[0000:0000:0000:0000:0000:0000:0000:0001]",
  "[::0001]",
  "[::ffff:127.0.0.1]",
  "[::ffff:7f00:1]",
  "[0:0:0:0:0:FFFF:127.0.0.1]",
  "[::127.0.0.1]",
  "[::7f00:1]",
  "[::ffff:0:127.0.0.1]",
  "[64:ff9b::127.0.0.1]",
  "[64:ff9b::7f00:1]",
  "[64:ff9b:1::7f00:1]",
  "[2002:7f00:1::]",
  "[2001::7f00:1]",
  "[2001:0:7f00:1::80ff:fffe]",
  "[::]",
  "[::ffff:0.0.0.0]",
  "0",
  "0.0.0.0",
  "00.00.00.00",
  "0x0",
  "0.0.0.1",
  "169.254.169.254",
  "2852039166",
  "0xa9fea9fe",
  "0251.0376.0251.0376",
  "169.16689662",
  "0xA9.0xFE.0xA9.0xFE",
  "①⑥⑨.②⑤④.①⑥⑨.②⑤④",
  "[::ffff:169.254.169.254]",
  "[::ffff:a9fe:a9fe]",
  "[fd00:ec2::254]",
  "[fd20:ce::254]",
  "100.100.100.200",
  "168.63.129.16",
  "192.0.0.192",
  "169.254.170.2",
  "10.0.0.1",
  "10.1",
  "012.0.0.1",
  "167772161",
  "172.16.0.1",
  "172.31.255.254",
  "0xac100001",
  "192.168.0.1",
  "192.168.257",
  "0xc0a80001",
  "3232235521",
  "[::ffff:192.168.0.1]",
  "[::ffff:c0a8:1]",
  "[fc00::1]",
  "[fd12:3456:789a::1]",
  "[fe80::1]",
  "[fec0::1]",
  "100.64.0.1",
  "198.18.0.1",
  "192.0.2.1",
  "203.0.113.1",
  "224.0.0.1",
  "255.255.255.255",
  "4294967295",
  "240.0.0.1",
  "[ff02::1]",
  "[2001:db8::1]",
  "[100::1]",
];

faultTest(`none of ${spellings.length} spellings of an internal address is connected to, or looked up`, async (kit) => {
  const receiver = await kit.receiver(answering(ok));
  const lookups: string[] = [];
  const sender = kit.sender({
    allow: [],
    resolve: async (name) => [lookups.push(name), "127.0.0.1"] as unknown as string[],
  });
  for (const spelling of spellings) {
    const result = await sendInTime(sender, aRequest(`http://${spelling}:${receiver.port}/hook`));
    assert.equal(result.errorClass, "address_refused", spelling);
    assert.equal(result.status, null);
  }
  assert.deepEqual(lookups, []);
  assert.equal(kit.clientSockets.length, 0);
  assert.equal(receiver.connections.length, 0);
});

faultTest(
  "a literal address is judged again where connections are made, for no resolver is asked for one",
  async (kit) => {
    const real = new AddressGuard();
    const guard = { hostRefusal: () => null, refusal: (address: string) => real.refusal(address) };
    const sender = kit.sender({ guard });
    for (const url of ["http://127.0.0.1:1/", "http://[::1]:1/", "https://10.0.0.1/"]) {
      assert.equal((await sendInTime(sender, aRequest(url))).errorClass, "address_refused");
    }
    assert.equal(kit.clientSockets.length, 0);
  },
);

faultTest("what is no host at all is not sent to either", async (kit) => {
  const sender = kit.sender({ allow: [], resolve: () => assert.fail("looked up") });
  for (const host of [
    "[fe80::1%25eth0]",
    "[fe80::1%eth0]",
    "256.0.0.1",
    "127.0.0.0x100",
    "1.2.3.4.5",
    "[::1",
    "[::1]]",
    " ",
    "0x100000000",
  ]) {
    const result = await sendInTime(sender, aRequest(`http://${host}/`));
    assert.equal(result.errorClass, "connection_failed", host);
  }
  assert.equal(kit.clientSockets.length, 0);
});

faultTest("an address that the allow-list names is reached, and its neighbour is not", async (kit) => {
  const receiver = await kit.receiver(answering(ok));
  const sender = kit.sender({ allow: ["127.0.0.1"] });
  assert.equal((await sendInTime(sender, aRequest(receiver.url))).status, 200);
  assert.equal((await sendInTime(sender, aRequest(`http://2130706433:${receiver.port}/hook`))).status, 200);
  const result = await sendInTime(sender, aRequest(`http://127.0.0.2:${receiver.port}/hook`));
  assert.equal(result.errorClass, "address_refused");
  assert.equal(receiver.connections.length, 1);
});

const answersRefused: readonly (readonly string[])[] = [
  ["10.0.0.1"],
  ["169.254.169.254"],
  ["::1"],
  ["::ffff:10.0.0.1"],
  ["fd00::1"],
  ["0.0.0.0"],
  ["127.0.0.1", "10.0.0.1"],
  ["10.0.0.1", "127.0.0.1"],
  ["127.0.0.1", "fe80::1"],
  ["not an address"],
];

for (const answers of answersRefused) {
  faultTest(`a name that resolves to ${answers.join(" and ")} is refused as a whole`, async (kit) => {
    const receiver = await kit.receiver(answering(ok));
    const sender = kit.sender({ allow: ["127.0.0.1"], resolve: async () => answers });
    const result = await sendInTime(sender, aRequest(`http://receiver.test:${receiver.port}/hook`));
    assert.equal(result.errorClass, "address_refused");
    assert.equal(receiver.connections.length, 0);
  });
}

faultTest(
  "a name that answers with an allowed address first and an internal one later is refused later",
  async (kit) => {
    // 127.0.0.1 stands in for a public address, 127.0.0.2 for one inside; both lead to the same receiver.
    const server = createServer();
    const receiver = await kit.receiver(async ({ socket, request }) => {
      await request();
      socket.end(ok);
    }, server);
    let lookups = 0;
    const sender = kit.sender({
      allow: ["127.0.0.1"],
      resolve: async () => [++lookups === 1 ? "127.0.0.1" : "127.0.0.2"],
    });
    const request = aRequest(`http://rebinding.test:${receiver.port}/hook`);
    assert.equal((await sendInTime(sender, request)).status, 200);
    await eventually(() => assert.ok(kit.clientSockets[0]!.closed));
    assert.equal((await sendInTime(sender, request)).errorClass, "address_refused");
    assert.equal(lookups, 2);
    assert.equal(receiver.connections.length, 1);
  },
);

for (const protocol of ["http", "https"]) {
  faultTest(
    `a connection that leads elsewhere than it should is ended before its first byte (${protocol})`,
    async (kit) => {
      const receiver = await kit.receiver(answering(ok));
      const real = new AddressGuard(parseAllowList(["loopback"]));
      let questions = 0;
      // Allows the answer of the resolver, and refuses the same address when the connection stands.
      const guard = {
        hostRefusal: (host: string) => real.hostRefusal(host),
        refusal: (address: string) => (++questions === 1 ? real.refusal(address) : "it is a private address"),
      };
      const sender = kit.sender({ guard, resolve: async () => ["127.0.0.1"], ca: testCertificate });
      const result = await sendInTime(sender, aRequest(`${protocol}://receiver.test:${receiver.port}/hook`));
      assert.equal(result.errorClass, "address_refused");
      assert.equal(questions, 2);
      await eventually(() => assert.ok(receiver.connections[0]?.socket.closed));
      assert.equal(receiver.connections[0]!.received().length, 0);
    },
  );
}

for (const [code, detail] of [
  ["ENOTFOUND", "The receiver's name has no address."],
  ["EAI_AGAIN", "The receiver's name could not be resolved just now."],
] as const) {
  faultTest(`a name that cannot be resolved (${code}) fails as dns`, async (kit) => {
    const sender = kit.sender({ resolve: () => Promise.reject(Object.assign(new Error("no"), { code })) });
    const result = await sendInTime(sender, aRequest("http://receiver.test/"));
    assert.equal(result.errorClass, "dns");
    assert.equal(result.errorDetail, detail);
  });
}

faultTest("a name without an address fails as dns", async (kit) => {
  const result = await sendInTime(kit.sender({ resolve: async () => [] }), aRequest("http://receiver.test/"));
  assert.equal(result.errorClass, "dns");
});

faultTest("a name under .invalid fails as dns by the system's resolver", async (kit) => {
  const result = await sendInTime(kit.sender(), aRequest("http://no-such-name.invalid/", { timeoutMs: 30_000 }));
  assert.equal(result.errorClass, "dns");
});

faultTest("a resolver that never answers costs the deadline, and another name goes on meanwhile", async (kit) => {
  const receiver = await kit.receiver(answering(ok));
  const sender = kit.sender({
    resolve: (name) => (name === "never.test" ? new Promise(() => {}) : Promise.resolve(["127.0.0.1"])),
  });
  const stuck = sendInTime(sender, aRequest("http://never.test/", { timeoutMs: 300 }));
  assert.equal((await sendInTime(sender, aRequest(`http://receiver.test:${receiver.port}/`))).status, 200);
  assert.equal((await stuck).errorClass, "timeout");
});
