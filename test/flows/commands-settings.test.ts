/** What the settings of programs and handlers must be, who may set them, and how they are read back. */
import assert from "node:assert/strict";
import { chmodSync, mkdirSync, renameSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { it } from "node:test";
import { aCommandScene, aFolder, aScript } from "./a-command.ts";
import { aServer } from "./a-server.ts";
import { trotlineEnded } from "./cli-run.ts";

const url = "https://example.com/hook";

it("reads back what was set, with its defaults", async (context) => {
  const { ask, script } = await aCommandScene(context);
  const program = script("run", "true");
  const made = await ask("POST /v1/endpoints", { body: { kind: "command", command: { program } } });
  assert.equal(made.status, 201);
  const rest = { environment: {}, inherit: [], input: "data", files: {}, working_directory: null };
  assert.deepEqual(made.body.command, { program, arguments: [], ...rest });
  const { kind, url: noUrl, handler, timeout_ms, max_in_flight, secrets } = made.body;
  assert.deepEqual(
    { kind, noUrl, handler, timeout_ms, max_in_flight, secrets },
    { kind: "command", noUrl: null, handler: null, timeout_ms: 60_000, max_in_flight: 8, secrets: [] },
  );
  const command = {
    ...{ program: "run", arguments: ["--id={data.id}"], environment: { A: "{event.id}" }, inherit: ["HOME"] },
    ...{ input: "body", files: { B: "{body}" }, working_directory: "/tmp" },
  };
  const changed = await ask(`PATCH /v1/endpoints/${made.body.id}`, {
    body: { kind: "command", command, timeout_ms: 3_600_000 },
  });
  assert.deepEqual([changed.status, changed.body.command, changed.body.timeout_ms], [200, command, 3_600_000]);
  const page = await ask("GET /v1/endpoints");
  assert.deepEqual(page.body.data[0].command, command);
});

it("refuses what has no place in the kind, with its name", async (context) => {
  const { ask, script } = await aCommandScene(context, { handlers: { note: () => {} } });
  const command = { program: script("run", "true") };
  const refused = async (body: object, field: string, code = "invalid-body"): Promise<void> => {
    const answer = await ask("POST /v1/endpoints", { body });
    assert.deepEqual([answer.status, answer.body.code, answer.body.field], [400, code, field], JSON.stringify(body));
  };
  for (const [name, value] of Object.entries({
    ...{ url, headers: { a: "b" }, secrets: ["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"], signing: { scheme: "github" } },
    ...{ method: "PUT", format: "thin", compression: "gzip", batch: { max_events: 2, max_wait_ms: 1 } },
    ...{ authorization: { type: "bearer", token: "x" }, tls: null, verification: "challenge", handler: "note" },
  })) {
    await refused({ kind: "command", command, [name]: value }, `/${name}`);
    if (name !== "handler") await refused({ kind: "handler", handler: "note", [name]: value }, `/${name}`);
  }
  await refused({ url, command }, "/command");
  await refused({ url, handler: "note" }, "/handler");
  await refused({ kind: "handler", handler: "note", command }, "/command");
  await refused({ kind: "command" }, "/command");
  await refused({ kind: "handler" }, "/handler");
  await refused({ kind: "http" }, "/url");
  await refused({ kind: "queue", url }, "/kind");
  await refused({ kind: "handler", handler: "other" }, "/handler", "handler-unknown");
  await refused({ url, timeout_ms: 30_001 }, "/timeout_ms");
  await refused({ kind: "command", command, timeout_ms: 3_600_001 }, "/timeout_ms");
  await refused({ kind: "command", command, success_statuses: [1, 256] }, "/success_statuses/1");
  await refused({ kind: "handler", handler: "note", success_statuses: [1] }, "/success_statuses/0");
  await refused({ url, success_statuses: [199] }, "/success_statuses/0");
  const of = (more: object): object => ({ kind: "command", command: { ...command, ...more } });
  await refused(of({ arguments: ["{nothing}"] }), "/command/arguments/0");
  await refused(of({ environment: { LD_PRELOAD: "/tmp/x.so" } }), "/command/environment/LD_PRELOAD");
  await refused(of({ program: "./run" }), "/command/program");
  await refused(of({ working_directory: "tmp" }), "/command/working_directory");
  await refused(of({ arguments: Array(101).fill("") }), "/command/arguments");
  await refused(of({ shell: true }), "/command/shell", "unknown-field");
});

it("stays what it is", async (context) => {
  const { ask, command, script } = await aCommandScene(context, { handlers: { note: () => {} } });
  const id = await command({ program: script("run", "true") });
  for (const [change, field] of [
    [{ kind: "http" }, "/kind"],
    [{ kind: "handler", handler: "note" }, "/kind"],
    [{ url }, "/url"],
    [{ handler: "note" }, "/handler"],
    [{ signing: { scheme: "github" } }, "/signing"],
  ] as const) {
    const { status, body } = await ask(`PATCH /v1/endpoints/${id}`, { body: change });
    assert.deepEqual([status, body.code, body.field], [400, "invalid-body", field]);
  }
  const rotated = await ask(`POST /v1/endpoints/${id}/secrets/rotate`, { body: {} });
  assert.deepEqual([rotated.status, rotated.body.code], [400, "secret-invalid"]);
  const shown = await ask(`POST /v1/endpoints/${id}/transform/dry-run`, { body: {} });
  assert.deepEqual([shown.status, shown.body.code], [400, "invalid-body"]);
});

it("is made and changed by keys that see to the whole server alone", async (context) => {
  const { ask, script, command } = await aCommandScene(context, { handlers: { note: () => {} } });
  const body = { kind: "command", command: { program: script("run", "true") } };
  const id = await command(body.command);
  const keyOf = async (members: object): Promise<string> =>
    (await ask("POST /v1/keys", { body: { name: "k", ...members } })).body.key;
  const keys = [
    await keyOf({ scopes: ["manage", "publish", "read"] }),
    await keyOf({ scopes: ["admin"], tenant: "default" }),
    await keyOf({ scopes: ["manage"], tenant: "default" }),
  ];
  for (const key of keys) {
    for (const refused of [
      await ask("POST /v1/endpoints", { key, body }),
      await ask("POST /v1/endpoints", { key, body: { kind: "handler", handler: "note" } }),
      await ask(`PATCH /v1/endpoints/${id}`, { key, body: { types: ["a"] } }),
    ]) {
      assert.deepEqual([refused.status, refused.body.code], [403, "forbidden"]);
    }
    assert.equal((await ask("POST /v1/endpoints", { key, body: { url } })).status, 201);
    assert.equal((await ask(`POST /v1/endpoints/${id}/pause`, { key })).status, 200);
  }
  const other = await keyOf({ scopes: ["manage"], tenant: "other" });
  assert.equal((await ask(`PATCH /v1/endpoints/${id}`, { key: other, body: { types: ["a"] } })).status, 404);
});

it("runs allowed programs alone, also through links", async (context) => {
  const outside = aFolder();
  const { ask, folder, script } = await aCommandScene(context);
  const secret = aScript(outside, "secret", "true");
  script("inside", "true");
  symlinkSync(secret, join(folder, "link-out"));
  symlinkSync(join(folder, "inside"), join(outside, "link-in"));
  symlinkSync(outside, join(folder, "folder-out"));
  writeFileSync(join(folder, "text"), "no program");
  mkdirSync(join(folder, "sub"));
  aScript(join(folder, "sub"), "below", "true");
  const answer = async (program: string): Promise<string> => {
    const { status, body } = await ask("POST /v1/endpoints", { body: { kind: "command", command: { program } } });
    return status === 201 ? "made" : `${body.code} ${status} ${body.field}`;
  };
  const refused = "commands-not-allowed 403 /command/program";
  assert.equal(await answer(secret), refused);
  assert.equal(await answer(join(folder, "link-out")), refused);
  assert.equal(await answer("link-out"), refused);
  assert.equal(await answer(join(folder, "folder-out/secret")), refused);
  assert.equal(await answer(`${folder}/../${outside.split("/").at(-1)}/secret`), refused);
  assert.equal(await answer(`${folder}-beside/x`), "program-refused 400 /command/program");
  assert.equal(await answer("/bin/sh"), refused);
  const unfit = "program-refused 400 /command/program";
  assert.equal(await answer("sh"), unfit);
  assert.equal(await answer(".."), refused);
  assert.equal(await answer(join(folder, "text")), unfit);
  assert.equal(await answer(join(folder, "sub")), unfit);
  assert.equal(await answer(join(folder, "nothing")), unfit);
  assert.equal(await answer(join(outside, "link-in")), "made");
  assert.equal(await answer("inside"), "made");
  assert.equal(await answer(join(folder, "sub/below")), "made");
});

it("looks at the program again before each run", async (context) => {
  const outside = aFolder();
  const { folder, script, command, publish, attempts } = await aCommandScene(context);
  const program = script("run", "echo inside");
  const id = await command({ program });
  await publish(1);
  assert.equal((await attempts(id, 1))[0].response_body, "inside\n");
  renameSync(program, join(folder, "moved"));
  symlinkSync(aScript(outside, "other", "echo outside"), program);
  await publish(2);
  const [, escaped] = await attempts(id, 2);
  assert.deepEqual([escaped.delivered, escaped.error_class, escaped.response_body], [false, "spawn", ""]);
  assert.match(escaped.error_detail, /not allowed/);
  chmodSync(join(folder, "moved"), 0o644);
});

it("allows a program by itself, and no other of its folder", async (context) => {
  const folder = aFolder();
  const program = aScript(folder, "one", "true");
  aScript(folder, "two", "true");
  const { ask } = await aServer(context, { app: { allowCommands: [program] } });
  const make = async (name: string): Promise<number> =>
    (await ask("POST /v1/endpoints", { body: { kind: "command", command: { program: name } } })).status;
  assert.deepEqual(await Promise.all([make(program), make("one"), make(join(folder, "two"))]), [201, 201, 403]);
});

it("warns the operator who allowed what is not there", async (context) => {
  const said: unknown[] = [];
  const warn = (facts: unknown, sentence?: unknown): void => void said.push([facts, sentence]);
  const silent = (): void => {};
  const folder = aFolder();
  const allowCommands = [folder, join(folder, "mispelt")];
  await aServer(context, { app: { allowCommands, logger: { debug: silent, info: silent, warn, error: warn } } });
  assert.equal(said.length, 1, JSON.stringify(said));
  assert.match(JSON.stringify(said), /mispelt.*not there/);
});

it("is said by flags, one place for its deliveries and the whole of a command", async (context) => {
  const server = await aServer(context, { app: { handlers: { note: () => {} } } });
  const run = (...args: string[]) => trotlineEnded(context, ["endpoints", ...args], { server });
  const made = await run("create", "--handler", "note", "--types", "a.*");
  assert.equal(made.code, 0, made.errors);
  const [endpoint] = made.lines();
  assert.deepEqual([endpoint.kind, endpoint.handler, endpoint.url], ["handler", "note", null]);
  for (const [args, sentence] of [
    [["create"], /one of an address, --program and --handler/],
    [["create", url, "--program", "/bin/true"], /one of an address, --program and --handler/],
    [["update", endpoint.id, "--argument", "x"], /--program/],
    [["create", "--program", "/bin/true", "--variable", "x"], /a name and a template/],
    [["create", "--program", "/bin/true"], /allow-commands/],
    [["output", "ep_nope"], /no endpoint/],
  ] as const) {
    const { code, errors } = await run(...args);
    assert.notEqual(code, 0);
    assert.match(errors, sentence);
  }
});
