import assert from "node:assert/strict";
import { test } from "node:test";
import { AddressGuard } from "./address-guard.ts";
import { parseAllowList } from "./allow-list.ts";

const guard = new AddressGuard();
const guardWith = (...allowed: string[]) => new AddressGuard(parseAllowList(allowed));

const refusedAddresses: Readonly<Record<string, readonly string[]>> = {
  loopback: ["127.0.0.1", "127.0.0.0", "127.255.255.255", "::1"],
  private: ["10.0.0.0", "10.255.255.255", "172.16.0.1", "172.31.255.255", "192.168.0.1", "fc00::1", "fdff:ffff::1"],
  "link-local": ["169.254.0.1", "169.254.255.255", "fe80::1", "febf::1", "fe80::1%eth0"],
  "metadata address": [
    "169.254.169.254",
    "100.100.100.200",
    "192.0.0.192",
    "168.63.129.16",
    "fd00:ec2::254",
    "fd20:ce::254",
  ],
  "carrier-grade NAT": ["100.64.0.0", "100.127.255.255"],
  multicast: ["224.0.0.1", "239.255.255.255", "ff02::1", "ff0e::1"],
  unspecified: ["0.0.0.0", "0.1.2.3", "0.255.255.255", "::"],
  broadcast: ["255.255.255.255"],
  reserved: [
    "192.0.2.1", // documentation
    "198.51.100.7",
    "203.0.113.9",
    "2001:db8::1",
    "3fff::1",
    "198.18.0.1", // benchmarking
    "198.19.255.255",
    "192.0.0.1", // protocol assignments
    "192.88.99.1", // 6to4 relays
    "240.0.0.1", // class E
    "254.0.0.1",
    "2001:10::1", // ORCHID
    "2001:20::1",
    "4000::1", // not global unicast
    "5f00::1",
    "1::1",
    "e000::1",
  ],
  benchmarking: ["2001:2::1"],
  Teredo: ["2001::1", "2001:0:4136:e378:8000:63bf:3fff:fdd2"],
  "6to4": ["2002::1", "2002:7f00:1::", "2002:0808:0808::1"],
  NAT64: ["64:ff9b::7f00:1", "64:ff9b::8.8.8.8", "64:ff9b:1::1"],
  translated: ["::ffff:0:127.0.0.1"],
  "discard-only": ["100::1"],
  "site-local": ["fec0::1", "feff::1"],
  "IPv4-compatible": ["::127.0.0.1", "::8.8.8.8", "::7f00:1", "0:0:0:0:0:0:127.0.0.1"],
  "not an IP address": ["", "localhost", "example.com", "127.1", "0x7f.0.0.1", "1.2.3.4.5", "08.8.8.8", "[::1", "::g"],
};

for (const [word, addresses] of Object.entries(refusedAddresses)) {
  test(`refused, and called by its kind: ${word}`, () => {
    for (const address of addresses) {
      if (address === "[::1") assert.notEqual(guard.refusal(address), null);
      else assert.match(guard.refusal(address) ?? "allowed", new RegExp(word), address);
    }
  });
}

test("public addresses pass", () => {
  const addresses = [
    "1.1.1.1",
    "8.8.8.8",
    "9.255.255.255",
    "11.0.0.0",
    "100.63.255.255",
    "100.128.0.0",
    "126.255.255.255",
    "128.0.0.0",
    "172.15.255.255",
    "172.32.0.0",
    "169.253.255.255",
    "192.167.255.255",
    "223.255.255.255",
    "2606:4700::1111",
    "2a00:1450:4001::1",
    "[2606:4700::1111]",
  ];
  for (const address of addresses) assert.equal(guard.refusal(address), null, address);
});

test("an IPv4 address wrapped in IPv6 is judged as itself", () => {
  assert.equal(guard.refusal("::ffff:8.8.8.8"), null);
  assert.match(guard.refusal("::ffff:10.0.0.1") ?? "", /private/);
  assert.match(guard.refusal("::ffff:a9fe:a9fe") ?? "", /metadata/);
  assert.match(guard.refusal("0:0:0:0:0:ffff:7f00:1") ?? "", /loopback/);
  assert.equal(guardWith("10.0.0.1").refusal("::ffff:10.0.0.1"), null);
});

test("an allow-list opens what it names and nothing beside it", () => {
  const allowing = guardWith("10.1.0.0/16", "192.168.7.9", "fd12:3456::/32", " Loopback ");
  for (const address of ["10.1.0.0", "10.1.255.255", "192.168.7.9", "fd12:3456::1", "127.0.0.1", "127.9.9.9", "::1"]) {
    assert.equal(allowing.refusal(address), null, address);
  }
  for (const address of ["10.0.255.255", "10.2.0.0", "192.168.7.8", "fd12:3457::1", "169.254.1.1", "0.0.0.0", "::"]) {
    assert.notEqual(allowing.refusal(address), null, address);
  }
  assert.equal(allowing.refusal("8.8.8.8"), null);
});

test("the word private opens private networks of both families, and no other kind of address", () => {
  const allowing = guardWith("private");
  for (const address of ["10.0.0.1", "172.20.0.1", "192.168.1.1", "fd00::1"])
    assert.equal(allowing.refusal(address), null);
  for (const address of ["127.0.0.1", "169.254.1.1", "100.64.0.1", "::1"])
    assert.notEqual(allowing.refusal(address), null);
});

test("only its own address opens a cloud's metadata service, never a word or a range around it", () => {
  const wide = guardWith("private", "169.254.0.0/16", "0.0.0.0/0", "::/0");
  for (const address of ["169.254.169.254", "fd00:ec2::254", "168.63.129.16", "::ffff:169.254.169.254"]) {
    assert.match(wide.refusal(address) ?? "allowed", /metadata/, address);
  }
  assert.equal(wide.refusal("169.254.1.1"), null);
  assert.equal(guardWith("169.254.169.254").refusal("169.254.169.254"), null);
});

test("allowing the NAT64 prefix lets public addresses through and not what it wraps", () => {
  const allowing = guardWith("64:ff9b::/96");
  assert.equal(allowing.refusal("64:ff9b::8.8.8.8"), null);
  assert.match(allowing.refusal("64:ff9b::10.0.0.1") ?? "allowed", /private/);
  assert.match(allowing.refusal("64:ff9b::a9fe:a9fe") ?? "allowed", /metadata/);
  assert.equal(guardWith("64:ff9b::/96", "private").refusal("64:ff9b::10.0.0.1"), null);
});

test("a host that is a name passes until it is resolved, but localhost does not", () => {
  assert.equal(guard.hostRefusal("example.com"), null);
  assert.equal(guard.hostRefusal("internal"), null);
  assert.match(guard.hostRefusal("localhost") ?? "allowed", /loopback/);
  assert.match(guard.hostRefusal("A.LocalHost.") ?? "allowed", /loopback/);
  assert.match(guard.hostRefusal("[::1]") ?? "allowed", /loopback/);
  assert.match(guard.hostRefusal("10.0.0.1") ?? "allowed", /private/);
  assert.equal(guardWith("loopback").hostRefusal("localhost"), null);
});

test("an allow-list that cannot be read is refused with what is wrong and what to write", () => {
  const cases: [string, RegExp][] = [
    ["", /neither an address/],
    ["everything", /neither an address/],
    ["example.com", /neither an address/],
    ["10.0.0", /neither an address/],
    ["010.0.0.1", /neither an address/],
    ["10.0.0.0/8/8", /neither an address/],
    ["10.0.0.0/", /prefix that is not a number from 0 to 32/],
    ["10.0.0.0/33", /prefix that is not a number from 0 to 32/],
    ["::/129", /prefix that is not a number from 0 to 128/],
    ["10.0.0.0/-1", /prefix that is not/],
    ["10.0.0.1/8", /write `10\.0\.0\.0\/8`/],
    ["fd00::1/8", /write `fd00::\/8`/],
    ["::ffff:10.0.0.1", /name the IPv4 address itself/],
    ["fe80::1%eth0", /zone/],
    ["constructor", /neither an address/],
  ];
  for (const [text, message] of cases) {
    assert.throws(() => parseAllowList([text]), { code: "config-invalid-value", message }, text);
  }
});
