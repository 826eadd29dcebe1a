import assert from "node:assert/strict";
import { BlockList } from "node:net";
import { it } from "node:test";
import fc from "fast-check";
import { isInRanges } from "./ip-range.ts";

const strict = { isWideIpv6: false };

it("addresses and ranges are told apart from what is none", () => {
  assert.equal(isInRanges("10.1.2.3:80", "10.0.0.0/8", strict), true);
  assert.equal(isInRanges("10.1.2.3:80", "192.0.2.1 10.1.2.3", strict), true);
  assert.equal(isInRanges("10.1.2.3:80", "", strict), false);
  assert.equal(isInRanges("[::1]:80", "::/0", strict), true);
  assert.equal(isInRanges("10.1.2.3:80", "::/0", strict), false);
  assert.equal(isInRanges("[::ffff:10.1.2.3]:80", "10.0.0.0/8", strict), true);
  assert.equal(isInRanges("10.1.2.3:80", "::ffff:10.0.0.0/104", strict), true);
  for (const range of [
    "10.0.0",
    "010.0.0.1",
    "10.0.0.256",
    "10.0.0.0/33",
    "10.0.0.0/",
    "::1/129",
    "1:::2",
    "fe80::1%eth0",
  ]) {
    assert.deepEqual(isInRanges("10.1.2.3:80", range, strict), { problem: `invalid CIDR address: ${range}` }, range);
  }
  assert.equal(typeof isInRanges("nobody", "10.0.0.0/8", strict), "object");
});

it("a range that stands behind a match is not looked at", () => {
  assert.equal(isInRanges("10.1.2.3:80", "10.0.0.0/8 nonsense", strict), true);
  assert.equal(typeof isInRanges("10.1.2.3:80", "nonsense 10.0.0.0/8", strict), "object");
});

it("what is in a range is what Node's own list says", () => {
  const version = fc.constantFrom(4 as const, 6 as const);
  fc.assert(
    fc.property(version, fc.nat(), fc.infiniteStream(fc.nat({ max: 3 })), (kind, size, stream) => {
      const one = (): string => stream.next().value as unknown as string;
      const address = (): string =>
        kind === 4 ? `10.${one()}.${one()}.${one()}` : `2001:db8:${one()}:${one()}::${one()}:${one()}`;
      const [network, client] = [address(), address()];
      const bits = size % (kind === 4 ? 33 : 129);
      const list = new BlockList();
      list.addSubnet(network, bits, `ipv${kind}`);
      const remote = kind === 4 ? `${client}:1` : `[${client}]:1`;
      assert.equal(isInRanges(remote, `${network}/${bits}`, strict), list.check(client, `ipv${kind}`));
    }),
  );
});
