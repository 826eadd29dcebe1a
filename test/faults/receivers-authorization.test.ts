/** Tokens of OAuth 2 where time runs out: for one who waits, for the process, for the receiver that asks again. */
import assert from "node:assert/strict";
import type { Authorization } from "../../src/core/endpoint-reach.ts";
import { AuthorizedSender } from "../../src/outbound/authorization.ts";
import { systemClock } from "../../src/platform/clock.ts";
import { systemRandom } from "../../src/platform/random.ts";
import { answering, aRequest, eventually, faultTest, type Kit, ok } from "./receiver-kit.ts";

const grantOf = (token: string): string => {
  const body = JSON.stringify({ access_token: token, token_type: "bearer", expires_in: 3600 });
  return `HTTP/1.1 200 OK\r\ncontent-length: ${body.length}\r\n\r\n${body}`;
};

function authorizing(kit: Kit, tokenUrl: string) {
  const sender = kit.sender();
  const machine = { sender, clock: systemClock(), random: systemRandom(), webhookOrigin: "test" };
  const authorization: Authorization = {
    type: "oauth2",
    tokenUrl,
    clientId: "c",
    clientSecret: "s",
    scope: null,
    audience: null,
    clientAuthentication: "basic",
  };
  const endpoint = { authorization, tls: null, verification: "none" } as const;
  const authorized = new AuthorizedSender(machine);
  return { sender, send: (url: string, timeoutMs: number) => authorized.send(endpoint, aRequest(url, { timeoutMs })) };
}

faultTest("who cannot wait for a token goes without, and whoever can gets it from the same fetch", async (kit) => {
  let grant = (): void => {};
  const tokens = await kit.receiver(async (connection) => {
    await connection.request();
    grant = () => connection.socket.write(grantOf("late"));
  });
  const receiver = await kit.receiver(answering(ok));
  const { send } = authorizing(kit, tokens.url);
  const patient = send(receiver.url, 5000);
  const hasty = await send(receiver.url, 100);
  assert.equal(hasty.errorClass, "authorization");
  assert.match(hasty.errorDetail ?? "", /did not answer within \d+ ms/);
  assert.equal(receiver.connections.length, 0);
  grant();
  assert.equal((await patient).status, 200);
  assert.match(receiver.connections[0]!.received().toString("latin1"), /\r\nauthorization: Bearer late\r\n/);
  assert.equal(tokens.connections.length, 1);
});

faultTest("an attempt that waits for a token when the process stops is interrupted, not failed", async (kit) => {
  const tokens = await kit.receiver(() => {});
  const { sender, send } = authorizing(kit, tokens.url);
  const attempts = [send(tokens.url, 5000), send(tokens.url, 5000)];
  await eventually(() => assert.ok((tokens.connections[0]?.received().length ?? 0) > 0));
  sender.abortAll();
  for (const { errorClass } of await Promise.all(attempts)) assert.equal(errorClass, "interrupted");
});

faultTest("a refused token whose replacement does not come in time leaves the refusal as the answer", async (kit) => {
  const tokens = await kit.receiver(async (connection) => {
    await connection.request();
    connection.socket.write(grantOf("first")); // And no second answer.
  });
  const receiver = await kit.receiver(answering("HTTP/1.1 401 Unauthorized\r\ncontent-length: 2\r\n\r\nno"));
  const { send } = authorizing(kit, tokens.url);
  const result = await send(receiver.url, 300);
  assert.deepEqual([result.status, result.errorClass], [401, "http_status"]);
  assert.ok(result.durationMs >= 250, String(result.durationMs));
});
