/** Rotations across crashes, restarts and clocks that are wrong: a replaced secret signs for its grace, and no longer. */
import assert from "node:assert/strict";
import { describe, it, type TestContext } from "node:test";
import { Webhook } from "standardwebhooks";
import type { App } from "../../src/app.ts";
import { type ClockSources, systemClock } from "../../src/platform/clock.ts";
import { eventually } from "../../src/testing/eventually.ts";
import { temporaryFolder } from "../../src/testing/temporary-folder.ts";
import { startTestReceiver, type TestReceiver } from "../../src/testing/test-receiver.ts";
import { anApp, publish } from "../flows/an-app.ts";
import { startServerProcess } from "./a-server-process.ts";

const hourMs = 3_600_000;
const yearMs = 365 * 24 * hourMs;
const old = `whsec_${btoa("an old secret, replaced.")}`;
const fresh = `whsec_${btoa("a new secret of the same")}`;

type Context = Pick<TestContext, "after">;

const aFolder = (): string => temporaryFolder("rotation");

async function aReceiver(context: Context): Promise<TestReceiver> {
  const receiver = await startTestReceiver();
  context.after(() => receiver.close());
  return receiver;
}

/** Which of the two secrets signed the newest request, once there are so many. */
async function signersOf(receiver: TestReceiver, count: number): Promise<string[]> {
  await eventually("it is sent", () => receiver.requests.length === count);
  const { headers, body } = receiver.requests[count - 1]!;
  return [fresh, old].filter((secret) => {
    try {
      new Webhook(secret).verify(body.toString(), headers as Record<string, string>);
      return true;
    } catch {
      return false;
    }
  });
}

/** The system's clock, as if somebody had set it wrong by `offsetMs` before the program began. */
const clockOff = (offsetMs: number) => {
  const sources: ClockSources = {
    wallMs: () => Date.now() + offsetMs,
    monotonicMs: () => performance.now(),
    uptimeMs: () => performance.now(),
  };
  return systemClock(sources);
};

it("a server killed during the grace goes on with both secrets, and with the same end", async (context) => {
  const folder = aFolder();
  const receiver = await aReceiver(context);
  const before = await startServerProcess(folder);
  const made = await before.call("POST", "/v1/endpoints", { url: receiver.url, secrets: [old] });
  const secretsUrl = `/v1/endpoints/${(made.json as { id: string }).id}/secrets`;
  const rotated = await before.call("POST", `${secretsUrl}/rotate`, { secret: fresh, grace_ms: hourMs });
  assert.equal(rotated.status, 200);
  await before.kill();
  const after = await startServerProcess(folder);
  try {
    assert.deepEqual((await after.call("GET", secretsUrl)).json, rotated.json);
    await after.call("POST", "/v1/events", { type: "a", data: 1 });
    assert.deepEqual(await signersOf(receiver, 1), [fresh, old]);
  } finally {
    await after.stop();
  }
});

describe("a grace", () => {
  /** One app after another on the same folder, each with its clock. */
  async function appsOf(context: Context) {
    const store = { folder: aFolder(), bytesMax: null };
    const receiver = await aReceiver(context);
    let running: App | null = null;
    context.after(() => running?.close());
    const start = async (offsetMs: number): Promise<App> => {
      await running?.close();
      running = await anApp({ store, machine: { clock: clockOff(offsetMs) } });
      return running;
    };
    const rotateFirst = async (app: App): Promise<string> => {
      const { head } = app.store.events.bounds();
      const { id } = await app.registry.createEndpoint({ tenant: "default", url: receiver.url, secrets: [old] }, head);
      await app.registry.rotation.rotate(id, { secret: fresh, graceMs: hourMs });
      return id;
    };
    return { start, receiver, rotateFirst };
  }

  it("that ended while the program was down is over, and the secret leaves the store", async (context) => {
    const { start, receiver, rotateFirst } = await appsOf(context);
    const id = await rotateFirst(await start(0));
    const app = await start(2 * hourMs);
    await publish(app, { type: "a", data: 1 });
    await eventually("it is sent", () => receiver.requests.length === 1);
    assert.equal(String(receiver.requests[0]?.headers["webhook-signature"]).split(" ").length, 1);
    await eventually("it is forgotten", () => app.registry.requireEndpoint(id).retiringSecrets.length === 0);
    const { endpoints } = await app.store.registry.load();
    assert.ok(!JSON.stringify(endpoints).includes(old));
  });

  it("that was given by a clock a year ahead lasts as long as it was given for, not a year", async (context) => {
    const { start, receiver, rotateFirst } = await appsOf(context);
    const id = await rotateFirst(await start(yearMs));
    const app = await start(0);
    const [retiring] = app.registry.requireEndpoint(id).retiringSecrets;
    const leftMs = (retiring?.untilMs ?? 0) - Date.now();
    assert.ok(leftMs > 0 && leftMs <= hourMs);
    await publish(app, { type: "a", data: 1 });
    assert.deepEqual(await signersOf(receiver, 1), [fresh, old]);
  });

  it("is told by the clock that does not step: setting the wall's back lengthens nothing", async (context) => {
    let wallMs = 0;
    let passedMs = 0;
    const monotonicMs = () => performance.now() + passedMs;
    const clock = systemClock({ wallMs: () => Date.now() + wallMs, monotonicMs, uptimeMs: monotonicMs });
    const receiver = await aReceiver(context);
    const app = await anApp({ machine: { clock } });
    context.after(() => app.close());
    const { id } = await app.registry.createEndpoint({ tenant: "default", url: receiver.url, secrets: [old] }, 0);
    await app.registry.rotation.rotate(id, { secret: fresh, graceMs: hourMs });
    wallMs = -yearMs;
    await publish(app, { type: "a", data: 1 });
    await eventually("it is sent", () => receiver.requests.length === 1);
    assert.equal(String(receiver.requests[0]?.headers["webhook-signature"]).split(" ").length, 2);
    passedMs = hourMs;
    await publish(app, { type: "a", data: 2 });
    await eventually("it is sent", () => receiver.requests.length === 2);
    assert.equal(String(receiver.requests[1]?.headers["webhook-signature"]).split(" ").length, 1);
  });
});

it("a secret that has ended signs no more, although the store cannot be told", async (context) => {
  const receiver = await aReceiver(context);
  const app = await anApp();
  context.after(() => app.close());
  const { id } = await app.registry.createEndpoint({ tenant: "default", url: receiver.url, secrets: [old] }, 0);
  await app.registry.rotation.rotate(id, { secret: fresh, graceMs: 100 });
  let refusals = 0;
  app.store.registry.updateEndpoint = () => {
    refusals += 1;
    return Promise.reject(new Error("the disk is full"));
  };
  await eventually("it is tried", () => refusals > 0);
  assert.equal(app.registry.requireEndpoint(id).retiringSecrets.length, 1);
  await publish(app, { type: "a", data: 1 });
  assert.deepEqual(await signersOf(receiver, 1), [fresh]);
});
