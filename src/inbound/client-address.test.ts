import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { parseAllowList } from "../platform/allow-list.ts";
import { clientOf } from "./client-address.ts";

const trusted = parseAllowList(["10.0.0.0/8", "2001:db8:ffff::/48"]);

function client(headers: readonly [string, string][], address = "10.0.0.1") {
  return clientOf({ address, isEncrypted: false }, [["Host", "own.test"] as const, ...headers].flat(), trusted);
}
const address = (headers: readonly [string, string][], peer?: string): string => client(headers, peer).address;

describe("the client's address", () => {
  it("is the peer's, whatever headers say, where the peer is not trusted", () => {
    const headers: [string, string][] = [
      ["X-Forwarded-For", "192.0.2.1"],
      ["Forwarded", "for=192.0.2.1;proto=https;host=evil.test"],
      ["X-Forwarded-Proto", "https"],
      ["X-Forwarded-Host", "evil.test"],
    ];
    assert.deepEqual(client(headers, "203.0.113.9"), { address: "203.0.113.9", protocol: "http", host: "own.test" });
    assert.equal(address(headers, "::ffff:203.0.113.9"), "203.0.113.9");
  });

  it("is the first from the right that is not trusted: what stands further left is the client's invention", () => {
    assert.equal(address([["X-Forwarded-For", "198.51.100.1, 192.0.2.7, 10.9.9.9"]]), "192.0.2.7");
    assert.equal(address([["X-Forwarded-For", "10.1.1.1, 192.0.2.7"]]), "192.0.2.7");
  });

  it("is looked for in all lines of the header together", () => {
    assert.equal(
      address([
        ["X-Forwarded-For", "198.51.100.1"],
        ["x-forwarded-for", "192.0.2.7,10.2.2.2"],
      ]),
      "192.0.2.7",
    );
  });

  it("is the leftmost where every one is trusted", () => {
    assert.equal(address([["X-Forwarded-For", "10.3.3.3, 10.2.2.2"]]), "10.3.3.3");
  });

  it("has no host where the header stands twice: another reader may believe the other one", () => {
    assert.equal(client([["host", "evil.test"]], "203.0.113.9").host, null);
  });

  it("is the peer's where what a proxy says is no address", () => {
    for (const text of ["unknown", "", "192.0.2.1, _hidden", "192.0.2.1, 1.2.3", "0x7f.1", "192.0.2.1;", "::1%eth0"]) {
      assert.equal(address([["X-Forwarded-For", text]]), "10.0.0.1", text);
    }
  });

  it("may have a port, and may be IPv6 in any of its spellings", () => {
    assert.equal(address([["X-Forwarded-For", "192.0.2.1:4711"]]), "192.0.2.1");
    assert.equal(address([["X-Forwarded-For", "[2001:DB8::0:1]:443"]]), "2001:db8::1");
    assert.equal(address([["X-Forwarded-For", "2001:db8::2, 2001:db8:ffff::1"]]), "2001:db8::2");
    assert.equal(address([["X-Forwarded-For", "::ffff:192.0.2.1, ::ffff:10.0.0.2"]]), "192.0.2.1");
  });

  it("is read of `Forwarded` by the same rule", () => {
    const forwarded =
      'for=198.51.100.1, For="[2001:db8::5]:80";proto=https;host="shop.test:8443", for=10.2.2.2;proto=http';
    assert.equal(address([["Forwarded", forwarded]]), "2001:db8::5");
    assert.equal(address([["Forwarded", 'for="a,b", for=192.0.2.3']]), "192.0.2.3");
    assert.equal(address([["Forwarded", "for=192.0.2.3, for=_secret"]]), "10.0.0.1");
  });

  it("is the peer's where both headers are there and tell different stories", () => {
    const list: [string, string] = ["X-Forwarded-For", "192.0.2.1"];
    assert.equal(address([list, ["Forwarded", "for=203.0.113.50"]]), "10.0.0.1");
    assert.equal(address([list, ["Forwarded", "for=192.0.2.1"]]), "192.0.2.1");
  });
});

describe("protocol and host", () => {
  it("are what the nearest trusted proxy says", () => {
    const told = client([
      ["X-Forwarded-For", "192.0.2.1"],
      ["X-Forwarded-Proto", "http, https"],
      ["X-Forwarded-Host", "evil.test, shop.test:8443"],
    ]);
    assert.deepEqual(told, { address: "192.0.2.1", protocol: "https", host: "shop.test:8443" });
    const forwarded = client([["Forwarded", 'for=192.0.2.1;proto=HTTPS;host="shop.test"']]);
    assert.deepEqual(forwarded, { address: "192.0.2.1", protocol: "https", host: "shop.test" });
  });

  it("are the connection's own where what is said is neither", () => {
    const told = client([
      ["X-Forwarded-Proto", "gopher"],
      ["X-Forwarded-Host", "shop.test/path?x"],
    ]);
    assert.deepEqual([told.protocol, told.host], ["http", "own.test"]);
  });
});
