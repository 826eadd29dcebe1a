/** Bodies that came compressed: they are verified and stored as they came, and read as what they stand for. */
import { promisify } from "node:util";
import { brotliDecompress, gunzip, inflate, inflateRaw, zstdDecompress } from "node:zlib";
import { headerValues } from "../../core/received-request.ts";

type Expand = (body: Uint8Array, options: { readonly maxOutputLength: number }) => Promise<Buffer>;

const [asGzip, asBrotli, asZstd, asZlib, asRaw]: Expand[] = [
  promisify(gunzip),
  promisify(brotliDecompress),
  promisify(zstdDecompress),
  promisify(inflate),
  promisify(inflateRaw),
] as unknown as Expand[];

/** Some send `deflate` without the wrapping that RFC 9110, section 8.4.1.2, asks for. */
const deflate: Expand = (body, options) => asZlib!(body, options).catch(() => asRaw!(body, options));

const codings: ReadonlyMap<string, Expand> = new Map([
  ["gzip", asGzip!],
  ["x-gzip", asGzip!],
  ["deflate", deflate],
  ["br", asBrotli!],
  ["zstd", asZstd!],
]);

/** How the body is encoded; empty where it is as it is. */
export function codingOf(headers: readonly string[]): string {
  const coding = headerValues(headers, "content-encoding").join(",").trim().toLowerCase();
  return coding === "identity" ? "" : coding;
}

/** Null where nobody can tell what it stands for: an unknown coding, broken bytes, or more than `bytesMax`. */
export async function expand(body: Uint8Array, coding: string, bytesMax: number): Promise<Uint8Array | null> {
  const expandIt = codings.get(coding);
  if (expandIt === undefined) return null;
  try {
    return await expandIt(body, { maxOutputLength: bytesMax });
  } catch {
    return null;
  }
}
