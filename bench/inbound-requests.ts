/** GitHub's webhooks as the bench sends them: a real payload, signed, each delivery with an id of its own. */
import { createHmac } from "node:crypto";
import { readPayloads } from "../demo/payloads.ts";
import type { Server } from "./server-process.ts";

export const inboundSecret = "a secret that both sides know";
export const inboundPath = "/in/github";

/** Makes the source on a server. */
export const addSource = (server: Server): Promise<unknown> =>
  server.api("POST", "/v1/sources", { name: "github", scheme: { preset: "github" }, secret: inboundSecret });

export async function pushPayload(): Promise<Buffer> {
  const push = (await readPayloads()).find(({ type }) => type.startsWith("github.push"));
  if (push === undefined) throw new Error("the examples have no push");
  // As GitHub sends it: without the spaces of the examples.
  return Buffer.from(JSON.stringify(JSON.parse(push.data.toString())));
}

const digits = 12;

/** One whole HTTP/1.1 request, and where the number of its delivery stands in it. */
export function githubRequest({ port, path, body }: { port: number; path: string; body: Buffer }) {
  const signature = createHmac("sha256", inboundSecret).update(body).digest("hex");
  const before = [
    `POST ${path} HTTP/1.1`,
    `host: 127.0.0.1:${port}`,
    "user-agent: GitHub-Hookshot/bench",
    "content-type: application/json",
    `content-length: ${body.length}`,
    "x-github-event: push",
    `x-hub-signature-256: sha256=${signature}`,
    "x-github-delivery: ",
  ].join("\r\n");
  const request = Buffer.concat([Buffer.from(`${before}${"0".repeat(digits)}\r\n\r\n`), body]);
  return { request, counter: { offset: Buffer.byteLength(before), digits } };
}
