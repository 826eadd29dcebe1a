/** The commands about how receivers are reached: credentials and certificates from files, and tests of endpoints. */
import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { it } from "node:test";
import { startTestReceiver } from "../../src/testing/test-receiver.ts";
import { authority, otherClient, signedClient } from "../faults/test-certificate.ts";
import { aServer } from "./a-server.ts";
import { aFolder, trotlineEnded } from "./cli-run.ts";

const url = "https://example.com/a";

it("credentials and certificates are read from files, and taken away by an empty name", async (context) => {
  const server = await aServer(context);
  const folder = aFolder();
  const file = async (name: string, text: string): Promise<string> => {
    await writeFile(join(folder, name), text);
    return join(folder, name);
  };
  const flags = [
    ["--authorization", await file("auth.json", '{"type":"basic","username":"u","password":"hidden"}')],
    ["--tls-certificate", await file("client.pem", signedClient.certificate)],
    ["--tls-key", await file("client.key", signedClient.key)],
    ["--tls-ca", await file("ca.pem", authority)],
  ].flat();
  const run = async (...args: string[]) => {
    const { code, errors, output, lines } = await trotlineEnded(context, ["endpoints", ...args], { server });
    assert.deepEqual([code, errors], [0, ""], args.join(" "));
    assert.doesNotMatch(output, /hidden|PRIVATE/);
    return lines()[0];
  };
  const made = await run("create", url, ...flags, "--verification", "none");
  assert.deepEqual(made.authorization, { type: "basic", username: "u" });
  assert.deepEqual([made.tls.certificate, made.tls.ca], [signedClient.certificate, authority]);
  const onlyCa = await run("update", made.id, "--tls-ca", join(folder, "ca.pem"));
  assert.deepEqual([onlyCa.tls.certificate, onlyCa.tls.ca], [null, authority]);
  const bare = await run("update", made.id, "--authorization", "", "--tls-ca", "");
  assert.deepEqual([bare.authorization, bare.tls], [null, null]);

  const wrong = [...flags.slice(0, 4), "--tls-key", await file("other.key", otherClient.key)];
  const refused = await trotlineEnded(context, ["endpoints", "create", url, ...wrong], { server });
  assert.equal(refused.code, 1);
  assert.match(refused.errors, /does not belong to `certificate`[\s\S]*tls-invalid/);
});

it("files that are not there, or hold something else, are told before anything is asked", async (context) => {
  const folder = aFolder();
  const path = join(folder, "auth.json");
  await writeFile(path, "hidden");
  for (const [flag, value, says] of [
    ["--authorization", path, /auth\.json is not JSON\./],
    ["--authorization", join(folder, "none"), /none cannot be read\./],
    ["--tls-key", join(folder, "none"), /--tls-key: .*none cannot be read\./],
    ["--verification", "magic", /--verification takes one of/],
  ] as const) {
    const { code, errors } = await trotlineEnded(context, ["endpoints", "create", url, flag, value]);
    assert.equal(code, 2);
    assert.match(errors, says);
    assert.doesNotMatch(errors, /hidden/);
  }
});

it("a test shows what came of it, and ends with 1 where it was not delivered", async (context) => {
  const server = await aServer(context);
  const receiver = await startTestReceiver();
  context.after(() => receiver.close());
  const { id } = (await server.ask("POST /v1/endpoints", { body: { url: receiver.url } })).body;
  const good = await trotlineEnded(context, ["endpoints", "test", id, "--type", "order.paid"], { server });
  const [result] = good.lines();
  assert.deepEqual([good.code, result.delivered, result.event_type, result.status], [0, true, "order.paid", 200]);
  receiver.answer(500);
  const bad = await trotlineEnded(context, ["endpoints", "test", id], { server });
  assert.deepEqual([bad.code, bad.lines()[0].error_class], [1, "http_status"]);
});
