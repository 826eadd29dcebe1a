/**
 * A server with some hours of life behind it, for pictures: events of a shop and of GitHub, endpoints that are well,
 * slow, failing and disabled, readers, a source with a rejected request, and a bin. Times pass by moving its clock.
 */
import { createHmac } from "node:crypto";
import { setTimeout as pause } from "node:timers/promises";
import { readPayloads } from "../demo/payloads.ts";
import { type App, createApp } from "../src/app.ts";
import { startServer } from "../src/http/server.ts";
import { systemClock } from "../src/platform/clock.ts";
import { startTestReceiver } from "../src/testing/test-receiver.ts";

const hours = 24;
const stepMs = 15 * 60_000;
const dayMs = 86_400_000;
const quiet = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
const sourceSecret = "sample-secret-of-no-value";

export interface SampleDay {
  readonly url: string;
  readonly key: string;
  readonly endpointId: string;
  readonly eventId: string;
  readonly binId: string;
  close(): Promise<void>;
}

const customers = ["Nordwind", "Kestrel Foods", "Atelier Lune", "Habitat 9", "Sakura Trading"];

/** Repeatable chance: the same pictures come out of the same code. */
function chance(): () => number {
  let state = 42;
  return () => {
    state = (state * 1_664_525 + 1_013_904_223) % 2 ** 32;
    return state / 2 ** 32;
  };
}

function someEvents(random: () => number, count: number): object[] {
  return Array.from({ length: count }, () => {
    const number = 1000 + Math.floor(random() * 9000);
    const customer = customers[Math.floor(random() * customers.length)];
    const amount = Math.round(random() * 50_000) / 100;
    const kinds = [
      { type: "order.created", subject: `order_${number}`, data: { order: number, customer, lines: 3, amount } },
      { type: "order.paid", subject: `order_${number}`, data: { order: number, customer, amount, currency: "EUR" } },
      {
        type: "invoice.sent",
        subject: `invoice_${number}`,
        data: { invoice: number, customer, amount, due_in_days: 30 },
      },
      { type: "shipment.delivered", subject: `order_${number}`, data: { order: number, carrier: "Post", parcels: 1 } },
    ];
    return kinds[Math.floor(random() * kinds.length)] ?? {};
  });
}

const eventTypes = ["order.created", "order.paid", "invoice.sent", "shipment.delivered"];

export async function startSampleDay(): Promise<SampleDay> {
  let shiftMs = -hours * 3_600_000;
  const clock = systemClock();
  const app = await createApp({
    store: "memory",
    logger: quiet,
    allowAddresses: ["loopback"],
    retentionAgeMs: 30 * dayMs,
    retentionBytesMax: null,
    attemptsAgeMs: 30 * dayMs,
    eventBytesMax: 256 * 1024,
    tailBytesMax: 64 * 1024 * 1024,
    capacity: { perProcess: 1024, perTenant: 512, perOrigin: 256 },
    shutdownGraceMs: 2000,
    adminKey: null,
    machine: { clock: { wallMs: () => clock.wallMs() + shiftMs, steadyMs: () => clock.steadyMs() + shiftMs } },
  });
  const server = await startServer(app, { host: "127.0.0.1", port: 0, auth: "keys", shutdownGraceMs: 2000 });
  const receiver = await startSlowReceiver();
  const key = app.firstKey ?? "";
  const ask = asker(server.url, key);
  const endpointId = await configure(ask, receiver.url);
  const random = chance();
  const payloads = await readPayloads();
  for (let step = 0; shiftMs < 0; step++, shiftMs += stepMs) {
    receiver.isOver = shiftMs > -3 * stepMs;
    receiver.isBusy = step > 52 && step < 60;
    await ask("POST /v1/events", someEvents(random, 8 + Math.floor(random() * 12 + 6 * Math.sin(step / 9))));
    await received(server.url, payloads, step);
    await settled(app);
  }
  shiftMs = 0;
  await ask("POST /v1/consumers/search-index/seek", { to: "latest" });
  const binId = await fillBin(ask, server.url);
  await received(server.url, payloads, 7, "another-secret");
  const published = await ask("POST /v1/events", someEvents(random, 12));
  await settled(app);
  const close = async (): Promise<void> => {
    await server.close();
    await app.close();
    await receiver.close();
  };
  return { url: server.url, key, endpointId, binId, eventId: published.data.at(-1).id, close };
}

// biome-ignore lint/suspicious/noExplicitAny: answers of every shape
type Ask = (methodAndPath: string, body?: unknown) => Promise<any>;

const asker =
  (url: string, key: string): Ask =>
  async (methodAndPath, body) => {
    const [method = "", path = ""] = methodAndPath.split(" ");
    const response = await fetch(url + path, {
      method,
      headers: { authorization: `Bearer ${key}`, "content-type": "application/json" },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${methodAndPath}: ${response.status} ${text}`);
    return text === "" ? null : JSON.parse(text);
  };

/** Answers the id of an endpoint worth a picture. */
async function configure(ask: Ask, receiverUrl: string): Promise<string> {
  for (const name of eventTypes) {
    await ask(`PUT /v1/event-types/${name}`, { description: `What happened to one ${name.split(".")[0]}.` });
  }
  const warehouse = await ask("POST /v1/endpoints", {
    url: `${receiverUrl}/warehouse`,
    description: "Warehouse",
    types: ["order.*", "shipment.*"],
  });
  await ask("POST /v1/endpoints", {
    url: `${receiverUrl}/billing`,
    description: "Billing",
    types: ["invoice.*", "order.paid"],
  });
  await ask("POST /v1/endpoints", { url: `${receiverUrl}/analytics`, description: "Analytics" });
  await ask("POST /v1/endpoints", {
    url: `${receiverUrl}/failing`,
    description: "Partner Nordwind",
    types: ["order.*"],
    retry_delays_ms: [1000, 2000, 4000],
  });
  await ask("POST /v1/endpoints", { url: `${receiverUrl}/gone`, description: "Old CRM", types: ["invoice.*"] });
  await ask("POST /v1/sources", {
    name: "github",
    scheme: { preset: "github" },
    secret: sourceSecret,
    description: "The company's repositories",
  });
  await ask("POST /v1/sources", {
    name: "payments",
    scheme: { preset: "stripe" },
    secret: "whsec_sample_of_no_value",
    description: "Card payments",
  });
  for (const name of ["search-index", "data-lake"]) await ask(`PUT /v1/consumers/${name}`, { from: "earliest" });
  return warehouse.id;
}

interface SlowReceiver {
  readonly url: string;
  /** It is slow. */
  isBusy: boolean;
  /** The day is nearly over: one endpoint fails. */
  isOver: boolean;
  close(): Promise<void>;
}

async function startSlowReceiver(): Promise<SlowReceiver> {
  const receiver = await startTestReceiver();
  const state = { url: new URL(receiver.url).origin, isBusy: false, isOver: false, close: () => receiver.close() };
  let number = 0;
  receiver.answer(({ path }) => {
    number += 1;
    if (path.startsWith("/gone")) return 410;
    if (path.startsWith("/failing") && state.isOver) return 503;
    const delayMs = (state.isBusy ? 250 : 12) + (number % 17) * 3;
    return { write: (response) => void pause(delayMs).then(() => response.end("ok")) };
  });
  return state;
}

/** One delivery of GitHub's, as GitHub signs it. */
async function received(
  url: string,
  payloads: Awaited<ReturnType<typeof readPayloads>>,
  step: number,
  secret = sourceSecret,
): Promise<void> {
  const payload = payloads[(step * 7) % payloads.length];
  if (payload === undefined) return;
  await fetch(`${url}/in/github`, {
    method: "POST",
    headers: {
      "content-type": "application/json",
      "user-agent": "GitHub-Hookshot/3a5f1c2",
      "x-github-event": payload.type.split(".")[1] ?? "push",
      "x-github-delivery": crypto.randomUUID(),
      "x-hub-signature-256": `sha256=${createHmac("sha256", secret).update(payload.data).digest("hex")}`,
    },
    body: new Uint8Array(payload.data),
  });
}

async function fillBin(ask: Ask, url: string): Promise<string> {
  const bin = await ask("POST /v1/bins", {});
  const address = bin.url.startsWith("http") ? bin.url : url + bin.url;
  const order = JSON.stringify({
    order: 1042,
    customer: "Kestrel Foods",
    lines: [{ sku: "A-17", count: 3 }],
    amount: 118.4,
  });
  await fetch(`${address}/orders?dry_run=1`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: order,
  });
  await fetch(address, {
    method: "POST",
    body: new URLSearchParams({ payment_status: "Completed", amount: "118.40" }),
  });
  await fetch(`${address}/feed.xml`, {
    method: "PUT",
    headers: { "content-type": "application/xml" },
    body: "<order><id>1042</id></order>",
  });
  await fetch(`${address}/health`);
  return bin.id;
}

const settleMsMax = 1500;

/** Nothing more in flight, but for what waits for a retry. */
async function settled(app: App): Promise<void> {
  for (let waitedMs = 0; waitedMs < settleMsMax; waitedMs += 20) {
    if (app.dispatcher.ready.inFlight === 0) return;
    await pause(20);
  }
}
