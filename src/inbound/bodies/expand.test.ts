import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync, zstdCompressSync } from "node:zlib";
import { expand } from "./expand.ts";

const megabyte = Buffer.alloc(1_000_000, "x");
const compressors = {
  gzip: gzipSync,
  "x-gzip": gzipSync,
  deflate: deflateSync,
  br: brotliCompressSync,
  zstd: zstdCompressSync,
};
const anything = { bytesMax: 10_000_000, take: () => {} };

describe("a compressed body", () => {
  it("asks for room while it swells, and ends where there is none: not when all of it is in memory", async () => {
    for (const [coding, compress] of Object.entries(compressors)) {
      let taken = 0;
      const take = (bytes: number): void => {
        assert.ok(bytes <= 256 * 1024, `${coding}: ${bytes} bytes at once`);
        taken += bytes;
        if (taken > 300_000) throw new Error("no room");
      };
      await assert.rejects(expand(compress(megabyte), coding, { bytesMax: 10_000_000, take }), /no room/, coding);
      assert.ok(taken < 900_000, `${coding}: ${taken} bytes`);
    }
  });

  it("is what it stands for, and nothing where that is more than it may be", async () => {
    for (const [coding, compress] of Object.entries(compressors)) {
      assert.deepEqual(await expand(compress(megabyte), coding, anything), megabyte, coding);
      assert.equal(await expand(compress(megabyte), coding, { ...anything, bytesMax: 999_999 }), null, coding);
    }
  });

  it("may be deflated without the wrapping", async () => {
    assert.deepEqual(await expand(deflateRawSync(megabyte), "deflate", anything), megabyte);
  });

  it("that is broken, cut off or of an unknown coding is nothing", async () => {
    for (const [coding, compress] of Object.entries(compressors)) {
      const whole = compress(megabyte);
      assert.equal(await expand(whole.subarray(0, whole.length - 4), coding, anything), null, coding);
      assert.equal(await expand(Buffer.from("{}"), coding, anything), null, coding);
    }
    assert.equal(await expand(Buffer.from("{}"), "rot13", anything), null);
  });
});
