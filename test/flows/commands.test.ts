/** Endpoints that are programs: what they are given, what becomes of how they end, and how many run at once. */
import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { it } from "node:test";
import { encodeRequest } from "../../src/core/received-request.ts";
import { eventually } from "../../src/testing/eventually.ts";
import { aCommandScene } from "./a-command.ts";
import { aServer } from "./a-server.ts";

it("runs a program for each event, and keeps its exit status and what it wrote", async (context) => {
  const { script, command, publish, attempts, ask } = await aCommandScene(context);
  const program = script("say", 'echo "paid $1 in attempt $TROTLINE_ATTEMPT"; echo note >&2; exit 0');
  const id = await command({ program, arguments: ["{data.order}"] });
  const eventId = await publish({ order: "o_1" });
  const [attempt] = await attempts(id, 1);
  assert.equal(attempt.event_id, eventId);
  assert.deepEqual([attempt.delivered, attempt.status, attempt.error_class], [true, 0, null]);
  assert.deepEqual(attempt.response_body.split("\n").sort(), ["", "note", "paid o_1 in attempt 1"]);
  const { body } = await ask(`GET /v1/endpoints/${id}`);
  assert.deepEqual([body.kind, body.url, body.signing.scheme], ["command", null, "none"]);
  const event = await ask(`GET /v1/events/${eventId}`);
  assert.deepEqual([event.body.deliveries[0].url, event.body.deliveries[0].state], [null, "delivered"]);
});

it("fails an attempt with another exit status, a signal, or no start, each by its class", async (context) => {
  const { script, command, publish, attempts, ask, folder } = await aCommandScene(context);
  const ids = [
    await command({ program: script("three", "echo why; exit 3") }),
    await command({ program: script("signal", "kill -KILL $$") }),
    await command({ program: script("gone", "exit 0") }),
  ];
  writeFileSync(join(folder, "gone"), "#!/nowhere/interpreter\n");
  await publish({});
  const ended = await Promise.all(ids.map(async (id) => (await attempts(id, 1))[0]));
  assert.deepEqual(
    ended.map(({ delivered, status, error_class }) => [delivered, status, error_class]),
    [
      [false, 3, "exit_status"],
      [false, null, "signal"],
      [false, null, "spawn"],
    ],
  );
  assert.equal(ended[0].error_detail, "The program exited with status 3.");
  assert.equal(ended[0].response_body, "why\n");
  assert.match(ended[1].error_detail, /SIGKILL/);
  const found = await ask("GET /v1/attempts?status=3");
  assert.deepEqual(
    found.body.data.map((attempt: { id: string }) => attempt.id),
    [ended[0].id],
  );
});

it("takes further exit statuses for success where it is told to", async (context) => {
  const { script, command, publish, attempts } = await aCommandScene(context);
  const id = await command({ program: script("skip", "exit 75") }, { success_statuses: [75] });
  await publish({});
  const [attempt] = await attempts(id, 1);
  assert.deepEqual([attempt.delivered, attempt.status], [true, 75]);
});

it("runs it again by the endpoint's schedule, and tells it which attempt it is", async (context) => {
  const { script, command, publish, attempts } = await aCommandScene(context);
  const program = script("third", 'echo "$TROTLINE_ATTEMPT"; [ "$TROTLINE_ATTEMPT" = 3 ]');
  const id = await command({ program }, { retry_delays_ms: [10, 10, 10], retry_jitter: 0 });
  await publish({});
  const ended = await attempts(id, 3);
  assert.deepEqual(
    ended.map(({ delivered, response_body }) => [delivered, response_body]),
    [
      [false, "1\n"],
      [false, "2\n"],
      [true, "3\n"],
    ],
  );
});

it("gives it the data on its input byte for byte, or the event, or nothing", async (context) => {
  const { script, command, ask, folder } = await aCommandScene(context);
  const program = (name: string): string =>
    script(name, `cat > ${folder}/${name}.out; mv ${folder}/${name}.out ${folder}/${name}.in`);
  const inputs = ["data", "body", "event", "none"] as const;
  for (const input of inputs) await command({ program: program(input), input });
  const data = '{ "big": 12345678901234567890, "z": 1, "a": "\\u00e9" }';
  const raw = `{"id":"e1","type":"a.b","subject":"s","occurred_at":"2026-01-31T12:00:00Z","data":${data}}`;
  await ask("POST /v1/events", { raw });
  const read = (input: string) =>
    eventually(
      `the input ${input}`,
      () => existsSync(join(folder, `${input}.in`)) && readFileSync(join(folder, `${input}.in`)),
    );
  const [asData, asBody, asEvent, asNone] = await Promise.all(
    inputs.map(async (input) => (await read(input)).toString()),
  );
  assert.deepEqual([asData, asBody, asNone], [data, data, ""]);
  assert.equal(
    asEvent,
    '{"id":"e1","tenant":"default","type":"a.b","subject":"s","occurred_at":"2026-01-31T12:00:00.000Z",' +
      `"attempt":1,"data":${data}}\n`,
  );
});

it("gives it the request of an event that was received: body, headers, query, as they came", async (context) => {
  const { app, script, command, text, folder } = await aCommandScene(context);
  const program = script(
    "dump",
    `cat > ${folder}/body; printf '[%s]' "$@" > ${folder}/args; cat "$COPY" > ${folder}/copy; echo > ${folder}/done`,
  );
  const templates = [
    "{header.x-github-event}",
    "{query.a}",
    "{request.method}",
    "{request.delivery_id}",
    "{header.none?}",
  ];
  await command({ program, arguments: templates, input: "body", files: { COPY: "{body}" } });
  const body = Buffer.from([0xff, 0x00, 0x0a, 0xc3, 0x28, ...Buffer.from("end")]);
  const request = {
    ...{ method: "PUT", target: "/in/hub?a=x%20y&a=2", address: "192.0.2.1", protocol: "https" as const },
    ...{ headers: ["X-GitHub-Event", "push", "x-github-event", "again"], receivedAtMs: 1, body },
    ...{ source: "hub", deliveryId: "d-1", providerType: "push" },
  };
  const data = Buffer.from("null");
  const facts = { id: "e", tenant: "default", type: "hub.push", subject: null, version: null };
  const received = { ...facts, occurredAtMs: Date.now(), occurredAtWasGiven: true, data };
  const events = [{ ...received, request: encodeRequest(request, data) }];
  await app.store.events.append({ events, atomic: true, idempotency: null });
  await text("done");
  assert.deepEqual(readFileSync(join(folder, "body")), body);
  assert.deepEqual(readFileSync(join(folder, "copy")), body);
  assert.equal(readFileSync(join(folder, "args"), "utf8"), "[push, again][x y][PUT][d-1][]");
});

it("gives it a clean environment: its own variables, and of the server's what is named", async (context) => {
  const { command, publish, attempts } = await aCommandScene(context, { allowCommands: ["/usr/bin/env"] });
  process.env.COMMANDS_TEST_SECRET = "s3cret";
  process.env.COMMANDS_TEST_PASSED = "on";
  context.after(() => {
    delete process.env.COMMANDS_TEST_SECRET;
    delete process.env.COMMANDS_TEST_PASSED;
  });
  const settings = { environment: { ORDER: "{data.a}" }, inherit: ["COMMANDS_TEST_PASSED", "COMMANDS_TEST_ABSENT"] };
  const id = await command({ program: "env", ...settings });
  const eventId = await publish(
    { a: "LD_PRELOAD=/tmp/x.so\nB=2" },
    { subject: "o_1", occurred_at: "2026-01-31T12:00:00Z" },
  );
  const [attempt] = await attempts(id, 1);
  assert.deepEqual(attempt.response_body.split("\n").sort(), [
    "",
    "B=2",
    "COMMANDS_TEST_PASSED=on",
    "LANG=C.UTF-8",
    "ORDER=LD_PRELOAD=/tmp/x.so",
    "PATH=/usr/local/bin:/usr/bin:/bin",
    "TROTLINE_ATTEMPT=1",
    `TROTLINE_EVENT_ID=${eventId}`,
    "TROTLINE_EVENT_OCCURRED_AT=2026-01-31T12:00:00.000Z",
    "TROTLINE_EVENT_SUBJECT=o_1",
    "TROTLINE_EVENT_TENANT=default",
    "TROTLINE_EVENT_TYPE=order.paid",
  ]);
});

it("hands every value over as one argument, whatever it holds", async (context) => {
  const { command, publish, attempts } = await aCommandScene(context, { allowCommands: ["/usr/bin"] });
  const values = ["$(id)", "`id`", "; id", "a\nb\tc", "' \" \\", "*", "%s", "", "{data.x}", "é\u{1f600}"];
  const id = await command({ program: "printf", arguments: ["[%s]", ...values.map((_, index) => `{data.${index}}`)] });
  await publish(values);
  const [attempt] = await attempts(id, 1);
  assert.equal(attempt.response_body, values.map((value) => `[${value}]`).join(""));
});

it("does not let a value be an option, and says what to write", async (context) => {
  const { script, command, publish, attempts, ask } = await aCommandScene(context);
  const program = script("args", "printf '[%s]' \"$@\"");
  const bare = await command({ program, arguments: ["--force", "{data.a}"] });
  const behindDashes = await command({ program, arguments: ["--", "{data.a}"] });
  const named = await command({ program, arguments: ["--title={data.a}"] });
  await publish({ a: "--output=/etc/passwd" });
  const [refused] = await attempts(bare, 1);
  assert.deepEqual([refused.delivered, refused.error_class], [false, "command"]);
  assert.match(refused.error_detail, /arguments\[1\].*`--`/s);
  assert.equal((await attempts(behindDashes, 1))[0].response_body, "[--][--output=/etc/passwd]");
  assert.equal((await attempts(named, 1))[0].response_body, "[--title=--output=/etc/passwd]");
  // Whoever sends such values must not be able to hold up the others.
  for (let i = 0; i < 10; i++) await publish({ a: "-x" });
  await attempts(bare, 11);
  assert.equal((await ask(`GET /v1/endpoints/${bare}`)).body.health.state, "healthy");
});

it("fails an attempt whose event has no value for a template, or none that fits", async (context) => {
  const { script, command, publish, attempts } = await aCommandScene(context);
  const program = script("args", "printf '[%s]' \"$@\"");
  const missing = await command({ program, arguments: ["{data.a.b}"] });
  const optional = await command({ program, arguments: ["{data.a.b?}", "{query.x?}"] });
  const nul = await command({ program, environment: { A: "{data.nul}" } });
  const large = await command({ program, arguments: ["{data.large}"] });
  await publish({ a: { b: null }, nul: "a\0b", large: "x".repeat(150_000) });
  const details = await Promise.all([missing, nul, large].map(async (id) => (await attempts(id, 1))[0]));
  for (const { error_class } of details) assert.equal(error_class, "command");
  assert.match(details[0].error_detail, /no value for `\{data\.a\.b\}` of `arguments\[0\]`/);
  assert.match(details[1].error_detail, /NUL/);
  assert.match(details[2].error_detail, /131071 bytes/);
  assert.equal((await attempts(optional, 1))[0].response_body, "[][]");
});

it("applies the endpoint's transform, and leaves out what that leaves out", async (context) => {
  const { script, command, publish, attempts } = await aCommandScene(context);
  const program = script("cat", "cat");
  const id = await command({ program }, { transform: "data.amount > 1 ? {'cents': data.amount * 100} : $skip()" });
  await publish({ amount: 2 });
  await publish({ amount: 1 });
  const bodies = (await attempts(id, 2)).map(({ response_body }) => response_body);
  assert.deepEqual(bodies.sort(), ['{"cents":200}', "The transform left the event out: nothing was run."].sort());
});

it("gives each run its own temporary files, and leaves none behind", async (context) => {
  const { script, command, publish, attempts } = await aCommandScene(context);
  const program = script("file", 'stat -c %a "$DATA"; cat "$DATA"; echo; echo "$DATA"');
  const id = await command({ program, files: { DATA: "<{data.a}>" } });
  await publish({ a: 1 });
  await publish({ a: 2 });
  const outputs = (await attempts(id, 2)).map(({ response_body }) => response_body.trim().split("\n"));
  assert.deepEqual(outputs.map(([mode, content]) => `${mode} ${content}`).sort(), ["600 <1>", "600 <2>"]);
  for (const [, , path] of outputs) assert.equal(existsSync(path), false);
  assert.notEqual(outputs[0][2], outputs[1][2]);
});

it("ends a program that takes too long, with all that it started", async (context) => {
  const { script, command, publish, attempts, text, folder } = await aCommandScene(context);
  const program = script(
    "slow",
    `sh -c 'trap "" TERM; echo $$ > ${folder}/child; while :; do sleep 0.1; done' & sleep 100`,
  );
  const id = await command({ program }, { timeout_ms: 1000 });
  await publish({});
  const [attempt] = await attempts(id, 1);
  assert.deepEqual([attempt.delivered, attempt.status, attempt.error_class], [false, null, "timeout"]);
  const child = Number(await text("child"));
  await eventually("the child has ended", () => !readdirSync("/proc").includes(String(child)) || isZombie(child));
});

const isZombie = (pid: number): boolean => /^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, "utf8"));

it("runs one after the other, in the order of the log, where it says 1 at once", async (context) => {
  const { script, command, publish, attempts, folder } = await aCommandScene(context);
  const running = join(folder, "running");
  const program = script(
    "serial",
    `mkdir ${running} || echo overlap; sleep 0.02; cat >> ${folder}/order; echo >> ${folder}/order; rmdir ${running}`,
  );
  const id = await command({ program }, { max_in_flight: 1 });
  for (let i = 0; i < 12; i++) await publish(i);
  const outputs = (await attempts(id, 12)).map(({ response_body }) => response_body);
  assert.deepEqual(new Set(outputs), new Set([""]));
  assert.deepEqual(
    readFileSync(join(folder, "order"), "utf8").trim().split("\n"),
    Array.from({ length: 12 }, (_, index) => String(index)),
  );
});

it("runs no more at once than `max_in_flight`, also where people ask for runs beside the lane", async (context) => {
  const { script, command, publish, attempts, folder, ask } = await aCommandScene(context);
  const program = script(
    "wide",
    `mkdir -p ${folder}/running; touch ${folder}/running/$$; ls ${folder}/running | wc -l >> ${folder}/counts; sleep 0.05; rm ${folder}/running/$$`,
  );
  const id = await command({ program }, { max_in_flight: 3 });
  const eventId = await publish(0);
  await attempts(id, 1);
  const retries = Array.from({ length: 6 }, () =>
    ask(`POST /v1/endpoints/${id}/deliveries/${eventId}/retry`, { body: {} }),
  );
  for (let i = 1; i < 20; i++) await publish(i);
  const tests = Array.from({ length: 6 }, () => ask(`POST /v1/endpoints/${id}/test`, { body: {} }));
  await Promise.all([...retries, ...tests]);
  await attempts(id, 20);
  const counts = readFileSync(join(folder, "counts"), "utf8").trim().split("\n").map(Number);
  assert.ok(Math.max(...counts) <= 3, `${Math.max(...counts)} at once`);
});

it("is replayed, retried by hand and tested like any other endpoint", async (context) => {
  const { script, command, publish, attempts, ask } = await aCommandScene(context);
  const id = await command({ program: script("cat", 'echo "$TROTLINE_EVENT_TYPE"; cat') });
  const eventId = await publish({ a: 1 });
  await attempts(id, 1);
  const retried = await ask(`POST /v1/endpoints/${id}/deliveries/${eventId}/retry`, { body: {} });
  assert.deepEqual([retried.body.delivered, retried.body.trigger, retried.body.status], [true, "manual", 0]);
  await ask(`POST /v1/endpoints/${id}/replay`, { body: {} });
  const ended = await attempts(id, 3);
  assert.deepEqual(
    ended.map(({ trigger, number }) => [trigger, number]),
    [
      ["first", 1],
      ["manual", 2],
      ["replay", 3],
    ],
  );
  const test = await ask(`POST /v1/endpoints/${id}/test`, { body: { type: "a.b" } });
  assert.deepEqual([test.body.delivered, test.body.response_body], [true, 'a.b\n{"test":true}']);
});

it("keeps the beginning and the end of a flood of output", async (context) => {
  const { script, command, publish, attempts } = await aCommandScene(context);
  const id = await command({ program: script("flood", "echo first; yes | head -c 3000000; echo last") });
  await publish({});
  const [attempt] = await attempts(id, 1);
  assert.deepEqual([attempt.delivered, attempt.response_truncated], [true, true]);
  assert.match(attempt.response_body, /^first\n/);
  assert.match(attempt.response_body, /bytes are left out/);
  assert.match(attempt.response_body, /last\n$/);
  assert.ok(attempt.response_body.length < 33 * 1024);
});

it("runs nothing where the operator allowed nothing", async (context) => {
  const { ask } = await aServer(context);
  const { status, body } = await ask("POST /v1/endpoints", {
    body: { kind: "command", command: { program: "/bin/true" } },
  });
  assert.deepEqual([status, body.code, body.field], [403, "commands-not-allowed", "/command/program"]);
  assert.match(body.advice ?? body.detail, /allow-commands|runs no programs/);
});
