import type { OutgoingHttpHeaders, ServerResponse } from "node:http";
import type { Compression } from "./accept.ts";
import { jsonContentType } from "./http-server.ts";
import { untakenAnswers } from "./untaken-answers.ts";

export type PageHeaders = Readonly<Record<string, string>>;

export interface PageAnswer {
  readonly bytes: Buffer;
  readonly encoding: Compression | null;
  readonly headers: PageHeaders;
}

/** What answers of the feed depend on beside their address. */
export const varyHeader = "authorization, accept, accept-encoding";

/** Writes a whole answer of JSON. To a client that is gone it does nothing. */
export function sendPage(response: ServerResponse, { bytes, encoding, headers }: PageAnswer): void {
  const all: OutgoingHttpHeaders = {
    "content-type": jsonContentType,
    "content-length": bytes.length,
    vary: varyHeader,
    ...headers,
  };
  if (encoding !== null) all["content-encoding"] = encoding;
  response.writeHead(200, all);
  response.end(bytes);
  untakenAnswers.add(response, bytes);
}
