/** Bodies that came compressed: they are verified and stored as they came, and read as what they stand for. */
import type { Transform } from "node:stream";
import { createBrotliDecompress, createGunzip, createInflate, createInflateRaw, createZstdDecompress } from "node:zlib";
import { headerValues } from "../../core/received-request.ts";

export interface ExpandBounds {
  readonly bytesMax: number;
  /** Asked for every part as it appears, before the next is made; whatever it throws ends the work. */
  readonly take: (bytes: number) => void;
}

/** Some send `deflate` without the wrapping that RFC 9110, section 8.4.1.2, asks for; RFC 1950 says how it begins. */
function isWrapped([first = 0, second = 0]: Uint8Array): boolean {
  return (first & 0x0f) === 8 && (first * 256 + second) % 31 === 0;
}

const codings = new Map<string, (body: Uint8Array) => Transform>([
  ["gzip", () => createGunzip()],
  ["x-gzip", () => createGunzip()],
  ["deflate", (body) => (isWrapped(body) ? createInflate() : createInflateRaw())],
  ["br", () => createBrotliDecompress()],
  ["zstd", () => createZstdDecompress()],
]);

/** How the body is encoded; empty where it is as it is. */
export function codingOf(headers: readonly string[]): string {
  const coding = headerValues(headers, "content-encoding").join(",").trim().toLowerCase();
  return coding === "identity" ? "" : coding;
}

/** Null where nobody can tell what it stands for: an unknown coding, broken bytes, or more than `bytesMax`. */
export function expand(body: Uint8Array, coding: string, { bytesMax, take }: ExpandBounds): Promise<Uint8Array | null> {
  const stream = codings.get(coding)?.(body);
  if (stream === undefined) return Promise.resolve(null);
  const { promise, resolve, reject } = Promise.withResolvers<Uint8Array | null>();
  const parts: Buffer[] = [];
  let length = 0;
  stream.on("data", (part: Buffer) => {
    length += part.length;
    parts.push(part);
    try {
      if (length <= bytesMax) return take(part.length);
      resolve(null);
    } catch (error) {
      reject(error);
    }
    stream.destroy();
  });
  stream.on("error", () => resolve(null));
  stream.on("end", () => resolve(Buffer.concat(parts, length)));
  stream.end(body);
  return promise;
}
