/** The JSON of a page of the feed, made once for everyone who is given the page, and compressed once for each way. */
import { promisify } from "node:util";
import { brotliCompress, constants, gzip, zstdCompress } from "node:zlib";
import { cursorAt, type Epochs } from "../core/epochs.ts";
import type { FeedPage } from "../feed/feed.ts";
import type { AcceptedEncodings, Compression } from "./accept.ts";
import { eventHead, joinEvents } from "./wire-event.ts";
import type { RequestMember } from "./wire-received.ts";

/** Smaller bodies are sent as they are: compressing them saves no packet. */
const compressedBytesMin = 1024;

const [asGzip, asBrotli, asZstd] = [promisify(gzip), promisify(brotliCompress), promisify(zstdCompress)];

/** As fast as gzip, and smaller: the default of 11 is for files that are compressed once for all. */
const brotliQuality = 4;

const compressors: Readonly<Record<Compression, (body: Buffer, size: number) => Promise<Buffer>>> = {
  gzip: (body) => asGzip(body),
  br: (body, size) =>
    asBrotli(body, {
      params: { [constants.BROTLI_PARAM_QUALITY]: brotliQuality, [constants.BROTLI_PARAM_SIZE_HINT]: size },
    }),
  zstd: (body) => asZstd(body),
};

/** Bodies that are compressed at once, by all the threads that there are for it; meanwhile others go as they are. */
const compressingMax = 8;
let compressing = 0;

export class PageBody {
  readonly bytes: Buffer;
  readonly #compressed = new Map<Compression, Promise<Buffer>>();

  constructor(page: FeedPage, epochs: Epochs, request: RequestMember | undefined) {
    this.bytes = joinEvents(page.events, {
      open: '{"data":[',
      before: (event, index) => (index === 0 ? "" : ",") + eventHead(event, cursorAt(epochs, event.position)),
      behind: request,
      after: "}",
      close: `],"next_cursor":"${cursorAt(epochs, page.through)}","has_more":${page.more}}`,
    });
  }

  /** How it goes to a client that accepts these; null as it is. */
  encodingFor({ compression, always }: AcceptedEncodings): Compression | null {
    if (compression === null || this.#compressed.has(compression)) return compression;
    if (compressing >= compressingMax) return null;
    return always || this.bytes.length >= compressedBytesMin ? compression : null;
  }

  compressed(encoding: Compression): Promise<Buffer> {
    let compressed = this.#compressed.get(encoding);
    if (compressed === undefined) {
      compressing += 1;
      compressed = compressors[encoding](this.bytes, this.bytes.length).finally(() => {
        compressing -= 1;
      });
      this.#compressed.set(encoding, compressed);
    }
    return compressed;
  }
}

const bodies = new WeakMap<FeedPage, PageBody>();
const bodiesWithRequests = new WeakMap<FeedPage, PageBody>();

/** `request` writes down what received events came with; undefined where nobody asked for it. */
export function pageBody(page: FeedPage, epochs: Epochs, request?: RequestMember): PageBody {
  const made = request === undefined ? bodies : bodiesWithRequests;
  let body = made.get(page);
  if (body === undefined) {
    body = new PageBody(page, epochs, request);
    made.set(page, body);
  }
  return body;
}
