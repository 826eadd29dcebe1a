/** Why a request was rejected, from the request to the answer over HTTP and on the command line. */
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { it } from "node:test";
import { limits } from "../../src/core/limits.ts";
import { rejectionCodes } from "../../src/core/source.ts";
import { causeCodes } from "../../src/inbound/diagnosis/causes.ts";
import { presets } from "../../src/inbound/schemes/presets.ts";
import { eventually } from "../../src/testing/eventually.ts";
import { aReceipt } from "../conformance/builders.ts";
import { aServer, type TestServer } from "./a-server.ts";
import { aSource, deliver, sendRaw, sourceSecret } from "./a-source.ts";
import { aFolder, noTerminal, onTerminal, shell, trotlineEnded } from "./cli-run.ts";

/** The newest one, when there are so many. */
function receiptOf(server: TestServer, source: string, count = 1): Promise<string> {
  return eventually("the receipt is there", async () => {
    const { body } = await server.ask(`GET /v1/sources/${source}/receipts?outcome=rejected`);
    return body.data.length === count && (body.data[0].id as string);
  });
}

const diagnosisOf = async (server: TestServer, id: string) =>
  (await server.ask(`GET /v1/receipts/${id}/diagnosis`)).body;

it("a rejected request is explained, with what to do, and without the secret", async (context) => {
  const server = await aServer(context);
  await aSource(server.app);
  const { status } = await deliver(`${server.url}/in/gh`, { body: '{"a":1}', secret: `${sourceSecret}\n` });
  assert.equal(status, 401);
  const id = await receiptOf(server, "gh");
  const { body, text } = await server.ask(`GET /v1/receipts/${id}/diagnosis`);
  assert.deepEqual(
    [body.receipt_id, body.source, body.code, body.explained, body.body_truncated, body.complete],
    [id, "gh", "verification_failed", true, false, true],
  );
  assert.deepEqual(
    body.causes.map(({ code }: { code: string }) => code),
    ["secret_spaced"],
  );
  assert.ok(body.causes[0].advice.length > 0 && body.summary.length > 0);
  assert.ok(!text.includes(sourceSecret));
});

it("a secret of another source of the tenant is named by its source; another tenant's is not tried", async (context) => {
  const server = await aServer(context);
  await aSource(server.app);
  await aSource(server.app, {
    name: "billing",
    scheme: { preset: "stripe", settings: {} },
    secret: { value: "theirs-1" },
  });
  await aSource(server.app, {
    name: "foreign",
    tenant: "acme",
    scheme: { preset: "stripe", settings: {} },
    secret: { value: "theirs-2" },
  });
  let count = 0;
  for (const [secret, codes] of [
    ["theirs-1", ["secret_of_other_source"]],
    ["theirs-2", []],
  ] as const) {
    await deliver(`${server.url}/in/gh`, { secret });
    count += 1;
    const id = await receiptOf(server, "gh", count);
    const { causes, explained, summary } = await diagnosisOf(server, id);
    assert.deepEqual(
      causes.map(({ code }: { code: string }) => code),
      codes,
    );
    assert.equal(explained, codes.length > 0);
    assert.match(summary, codes.length > 0 ? /`billing`/ : /No known mistake/);
  }
});

/** Sends what Square signed for this URL, with a body as it was changed on its way. */
async function sendSquare(server: TestServer, signedUrl: string, { headers = {}, added = "" } = {}): Promise<void> {
  const draft = {
    method: "POST",
    url: signedUrl,
    headers: ["content-type", "application/json", ...Object.entries(headers).flat()] as string[],
    body: Buffer.from("{}"),
    deliveryId: "d-1",
    type: "payment.created",
  };
  const signer = presets.get("square")?.signer ?? assert.fail();
  const signed = signer.sign(draft, { signingKey: sourceSecret, nowMs: Date.now(), settings: {} });
  const pairs = signed.headers.flatMap((name, index) => (index % 2 === 0 ? [[name, signed.headers[index + 1]]] : []));
  const body = Buffer.concat([signed.body, Buffer.from(added)]);
  const sent = await fetch(`${server.url}/in/sq`, { method: "POST", headers: pairs as [string, string][], body });
  assert.equal(sent.status, 401);
}

it("a proxy that hides https from this server is found", async (context) => {
  const server = await aServer(context);
  const scheme = { preset: "square", settings: {} };
  await aSource(server.app, { name: "sq", scheme, secret: { value: sourceSecret } });
  await sendSquare(server, `https://${new URL(server.url).host}/in/sq`);
  const { causes } = await diagnosisOf(server, await receiptOf(server, "sq"));
  assert.equal(causes[0].code, "url_protocol");
  assert.match(causes[0].advice, /X-Forwarded-Proto/);
});

it("a proxy that is trusted is believed when its requests are diagnosed, too", async (context) => {
  const server = await aServer(context, { app: { trustedProxies: ["loopback"] } });
  const scheme = { preset: "square", settings: {} };
  await aSource(server.app, { name: "sq", scheme, secret: { value: sourceSecret } });
  const headers = { "x-forwarded-proto": "https", "x-forwarded-host": "hooks.test" };
  await sendSquare(server, "https://hooks.test/in/sq", { headers, added: "\n" });
  const { causes } = await diagnosisOf(server, await receiptOf(server, "sq"));
  assert.deepEqual(
    causes.map(({ code }: { code: string }) => code),
    ["body_newline"],
  );
});

it("a URL that is signed and that no proxy names is said to be as this server takes it", async (context) => {
  const server = await aServer(context);
  const scheme = { preset: "square", settings: {} };
  await aSource(server.app, { name: "sq", scheme, secret: { value: sourceSecret } });
  await sendSquare(server, "https://hooks.test/in/sq");
  const { explained, summary } = await diagnosisOf(server, await receiptOf(server, "sq"));
  assert.equal(explained, false);
  assert.ok(summary.includes(`is not \`${server.url}/in/sq\``) && summary.includes("`public-url`"), summary);
});

it("a secret that was put right meanwhile is told", async (context) => {
  const server = await aServer(context);
  await aSource(server.app);
  await deliver(`${server.url}/in/gh`, { secret: "the new one" });
  const id = await receiptOf(server, "gh");
  await server.app.sources.change("gh", {}, { value: "the new one" });
  assert.equal((await diagnosisOf(server, id)).causes[0].code, "verifies_now");
});

it("a body that was longer than receipts keep is said to be so", async (context) => {
  const server = await aServer(context);
  await aSource(server.app);
  await deliver(`${server.url}/in/gh`, { body: `{"a":"${"x".repeat(100_000)}"}`, secret: "another" });
  const diagnosis = await diagnosisOf(server, await receiptOf(server, "gh"));
  assert.deepEqual([diagnosis.causes[0].code, diagnosis.body_truncated], ["body_cut", true]);
});

it("what was refused before it was verified, and what did not fail, is clear from its code", async (context) => {
  const server = await aServer(context);
  const { number } = await aSource(server.app);
  const { request } = aReceipt({});
  const note = async (members: object) => {
    const receipt = aReceipt({ sourceNumber: number, request, ...members });
    await server.app.sources.note([receipt]);
    return (await diagnosisOf(server, receipt.id)).causes.map(({ code }: { code: string }) => code);
  };
  const verified = ["verification_failed", "unparsable", "provider_unavailable"];
  for (const code of rejectionCodes.filter((one) => !verified.includes(one))) {
    assert.deepEqual(await note({ code, detail: "A sentence." }), [code]);
  }
  assert.deepEqual(await note({ detail: "handshake_refused: The URL has no `token`." }), ["handshake_refused"]);
  assert.deepEqual(await note({ outcome: "handshake", code: null }), ["not_rejected"]);
  const unknown = await server.ask("GET /v1/receipts/rcp_x/diagnosis");
  assert.deepEqual([unknown.status, unknown.body.code], [404, "receipt-not-found"]);
});

it("diagnoses wait for each other, and not too many of a tenant's, nor of all", async (context) => {
  const server = await aServer(context);
  const source = await aSource(server.app);
  await deliver(`${server.url}/in/gh`, { secret: "another" });
  const { diagnosing } = server.app.receiving;
  const receipt = (await server.app.sources.receipt(await receiptOf(server, "gh"))) ?? assert.fail();
  const { diagnosesWaiting, diagnosesWaitingPerTenant } = limits;
  const tenants = Array.from({ length: diagnosesWaiting / diagnosesWaitingPerTenant + 1 }, (_, at) => `tenant-${at}`);
  const last = tenants.pop();
  const asked = [...tenants.flatMap((tenant) => Array(diagnosesWaitingPerTenant + 1).fill(tenant)), last].map(
    (tenant) => diagnosing.diagnose(receipt, { ...source, tenant }),
  );
  const settled = await Promise.allSettled(asked);
  const refused = settled.flatMap((one, at) => (one.status === "rejected" ? [[at, one.reason.code]] : []));
  const overTheirShare = tenants.map((_, at) => (at + 1) * (diagnosesWaitingPerTenant + 1) - 1);
  assert.deepEqual(
    refused,
    [...overTheirShare, settled.length - 1].map((at) => [at, "overloaded"]),
  );
  assert.equal((await diagnosing.diagnose(receipt, source)).causes.length, 0);
});

it("hostile requests are diagnosed without harm", async (context) => {
  const server = await aServer(context);
  await aSource(server.app);
  const deep = `${"[".repeat(30_000)}${"]".repeat(30_000)}`;
  let count = 0;
  for (const [body, headers] of [
    [deep, ""],
    ['{"__proto__":{"a":1},"a":1,"a":2}', "X-Hub-Signature-256: sha256=\r\n"],
    ["%zz=%c3%28&&&=", "Content-Type: application/x-www-form-urlencoded\r\n"],
    ["\u0000\u00ff", `X-Hub-Signature-256: ${"=,v1".repeat(1000)}\r\n`],
  ] as const) {
    const head = `POST /in/gh HTTP/1.1\r\nHost: [::\r\n${headers}Connection: close\r\n`;
    const answer = await sendRaw(`${server.url}/in/gh`, `${head}Content-Length: ${body.length}\r\n\r\n${body}`);
    assert.match(answer, /^HTTP\/1.1 40[01]/);
    count += 1;
    const id = await receiptOf(server, "gh", count);
    const { status, body: diagnosis } = await server.ask(`GET /v1/receipts/${id}/diagnosis`);
    assert.equal(status, 200, JSON.stringify(diagnosis));
  }
});

it("`receipts why` says it on the command line, and fails where nothing explains it", async (context) => {
  const server = await aServer(context);
  await aSource(server.app);
  await deliver(`${server.url}/in/gh`, { headers: { "x-hub-signature-256": "" } });
  const id = await receiptOf(server, "gh");
  const why = await trotlineEnded(context, ["receipts", "why", id], { server });
  assert.deepEqual([why.code, why.lines()[0].causes[0].code], [0, "signature_malformed"], why.errors);
  await deliver(`${server.url}/in/gh`, { secret: "nobody's" });
  const other = await receiptOf(server, "gh", 2);
  const unexplained = await trotlineEnded(context, ["receipts", "why", other], { server });
  assert.deepEqual([unexplained.code, unexplained.lines()[0].explained], [1, false]);
});

it("on a terminal it is a sentence and an advice", { skip: noTerminal }, async (context) => {
  const server = await aServer(context);
  await aSource(server.app);
  await deliver(`${server.url}/in/gh`, { secret: `${sourceSecret}\n` });
  const run = onTerminal(context, ["receipts", "why", await receiptOf(server, "gh")], { server });
  assert.equal(await run.ended, 0);
  assert.match(run.output(), /secret_spaced: The sender's secret has white space behind it\.\s+Remove white space/);
});

it("docs/diagnosis.md has every cause", async () => {
  const page = await readFile(new URL("../../docs/diagnosis.md", import.meta.url), "utf8");
  assert.deepEqual(
    causeCodes.filter((code) => !page.includes(`\`${code}\``)),
    [],
  );
});

it("the examples of docs/diagnosis.md do what they say", async (context) => {
  const server = await aServer(context);
  const page = await readFile(new URL("../../docs/diagnosis.md", import.meta.url), "utf8");
  const commands = [...page.matchAll(/```sh\n([^`]*)```/g)].map((match) => match[1] ?? "");
  assert.equal(commands.length, 1);
  const folder = aFolder();
  const lines = commands.join("\n").replaceAll("http://127.0.0.1:3400", server.url);
  const run = shell(context, `set -e; cd '${folder}'\n${lines}`, { server });
  assert.equal(await run.ended, 0, run.errors());
  assert.match(run.output(), /"code":"secret_spaced"/);
});
