/** The largest bodies that a source may take go the whole way: into the store, and out of it again. */
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { it } from "node:test";
import { limits } from "../../src/core/limits.ts";
import { decodeRequest } from "../../src/core/received-request.ts";
import { eventually } from "../../src/testing/eventually.ts";
import { temporaryFolder } from "../../src/testing/temporary-folder.ts";
import { startTestReceiver } from "../../src/testing/test-receiver.ts";
import { aServer } from "./a-server.ts";
import { aSource, deliver } from "./a-source.ts";

it("a body of the greatest size is stored and forwarded byte for byte, as JSON and as what is none", async (context) => {
  const folder = temporaryFolder("receiving-large");
  const receiver = await startTestReceiver();
  context.after(() => receiver.close());
  const { app, url, ask } = await aServer(context, { app: { store: { folder, bytesMax: null } } });
  await aSource(app, { bodyBytesMax: limits.receivedBodyBytesMax });
  await ask("POST /v1/endpoints", { body: { url: receiver.url, format: "raw", signing: { scheme: "none" } } });
  const bodies = [
    randomBytes(limits.receivedBodyBytesMax),
    Buffer.from(`"${"x".repeat(limits.receivedBodyBytesMax - 2)}"`),
  ];
  for (const [index, body] of bodies.entries()) {
    assert.equal((await deliver(`${url}/in/gh`, { body })).status, 200);
    const request = await eventually("forwarded", () => receiver.requests[index], 60_000);
    assert.ok(request.body.equals(body));
    const stored = await app.store.events.find("default", String(request.headers["trotline-event-id"]));
    assert.ok(stored?.request);
    assert.ok(body.equals(decodeRequest(stored.request, stored.data).body));
  }
  const beyond = await deliver(`${url}/in/gh`, { body: Buffer.alloc(limits.receivedBodyBytesMax + 1) });
  assert.equal(beyond.status, 413);
});
