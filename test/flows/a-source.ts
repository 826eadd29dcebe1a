/** Sources of an app for tests, and requests to them as a provider would send them. */
import { createHmac } from "node:crypto";
import { connect } from "node:net";
import type { App } from "../../src/app.ts";
import type { Source } from "../../src/core/source.ts";
import type { NewSource } from "../../src/registry/sources.ts";

export const sourceSecret = "It's a Secret to Everybody";

/** Of GitHub's scheme, with `sourceSecret`, unless the test is about something else. */
export function aSource(app: App, input: Partial<NewSource> = {}): Promise<Source> {
  const isGithub = input.scheme === undefined;
  return app.sources.create({
    name: "gh",
    tenant: "default",
    scheme: { preset: "github", settings: {} },
    ...(isGithub && { secret: { value: sourceSecret } }),
    ...input,
  });
}

let deliveries = 0;

export interface Delivery {
  readonly body?: string | Uint8Array;
  readonly id?: string;
  readonly event?: string;
  readonly secret?: string;
  readonly headers?: Record<string, string>;
}

/** The headers that GitHub sends with a body. */
export function githubHeaders({ body = "{}", id, event = "push", secret = sourceSecret, headers }: Delivery = {}) {
  return {
    "content-type": "application/json",
    "x-github-event": event,
    "x-github-delivery": id ?? `d${++deliveries}`,
    "x-hub-signature-256": `sha256=${createHmac("sha256", secret).update(body).digest("hex")}`,
    ...headers,
  };
}

/** One request of GitHub's; answers the response with its text. */
export async function deliver(
  url: string,
  delivery: Delivery = {},
): Promise<{ status: number; headers: Headers; text: string }> {
  const { body = "{}" } = delivery;
  const response = await fetch(url, { method: "POST", body: body as string, headers: githubHeaders(delivery) });
  return { status: response.status, headers: response.headers, text: await response.text() };
}

/** Sends these bytes on a socket of their own; answers everything that came back until the server hung up. */
export function sendRaw(url: string, bytes: string, { endsAt = "" }: { endsAt?: string } = {}): Promise<string> {
  const { port, hostname } = new URL(url);
  return new Promise((resolve, reject) => {
    let text = "";
    const socket = connect(Number(port), hostname, () => socket.write(Buffer.from(bytes, "latin1")));
    socket.setTimeout(10_000, () => socket.destroy(new Error(`nothing more came after: ${text}`)));
    socket.on("data", (chunk) => {
      text += chunk.toString("latin1");
      if (endsAt !== "" && text.includes(endsAt)) socket.destroy();
    });
    socket.on("error", reject);
    socket.on("close", () => resolve(text));
  });
}
