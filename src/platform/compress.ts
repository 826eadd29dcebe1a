/** Compression of bodies on their way out, off the main thread. */
import { promisify } from "node:util";
import { brotliCompress, constants, gzip, zstdCompress } from "node:zlib";
import type { Compression } from "../core/endpoint-payload.ts";

/** Brotli's default of 11 takes a hundred times as long as 4, for a tenth of the size. */
const brotliOptions = { params: { [constants.BROTLI_PARAM_QUALITY]: 4 } };

const brotli = promisify(brotliCompress);
const codings: Readonly<Record<Exclude<Compression, "none">, (body: Uint8Array) => Promise<Buffer>>> = {
  gzip: promisify(gzip),
  br: (body) => brotli(body, brotliOptions),
  zstd: promisify(zstdCompress),
};

export const compress = (body: Uint8Array, coding: Exclude<Compression, "none">): Promise<Buffer> =>
  codings[coding](body);
