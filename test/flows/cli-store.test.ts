/** `trotline serve` on PostgreSQL, as people start it: what it prints, what it refuses, what it never shows. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { after, before, it } from "node:test";
import { type ErrorCode, errorCatalogue } from "../../src/core/errors.ts";
import { Database } from "../../src/log/postgres/database.ts";
import { silent } from "../conformance/store-kinds.ts";
import { type PostgresServer, startPostgres } from "../postgres/a-postgres-server.ts";

const program = new URL("../../bin/trotline.js", import.meta.url).pathname;
let server: PostgresServer;

before(async () => {
  server = await startPostgres();
});
after(() => server.remove());

interface Ended {
  readonly code: number | null;
  readonly output: string;
  readonly errors: string;
}

const endMsMax = 60_000;

function run(args: string[], env: Record<string, string> = {}): Promise<Ended> {
  const child = spawn(process.execPath, [program, ...args], { env: { PATH: process.env.PATH, ...env } });
  let output = "";
  let errors = "";
  child.stdout.on("data", (chunk) => {
    output += chunk;
  });
  child.stderr.on("data", (chunk) => {
    errors += chunk;
  });
  // What was to be refused and runs must not hold the tests up for ever.
  const overdue = setTimeout(() => child.kill("SIGKILL"), endMsMax);
  return new Promise((resolve) => {
    child.on("close", (code) => {
      clearTimeout(overdue);
      resolve({ code, output, errors });
    });
  });
}

it("what cannot be opened ends the start with a sentence, a code and what to do, and never with the password", async () => {
  const { port } = server;
  const cases: [code: ErrorCode, args: string[], sentence: RegExp][] = [
    [
      "config-invalid-value",
      ["--store", "mysql://me:hunter2@localhost/x"],
      /^trotline: --store takes a URL that begins/,
    ],
    ["config-invalid-value", ["--store", "postgres://me:hunter2%@localhost/x"], /percent signs/],
    ["config-invalid-value", ["--store", server.url(), "--store-bytes-max", "1GiB"], /`store-bytes-max` is for/],
    ["store-unreachable", ["--store", "postgres://me:hunter2@127.0.0.1:1/x"], /127\.0\.0\.1:1\/x cannot be reached/],
    ["store-refused", ["--store", `postgresql://me:hunter2@127.0.0.1:${port}/postgres`], /role "me" does not exist/],
    ["store-not-durable", ["--store", server.url()], /fsync = off/],
  ];
  for (const [code, args, sentence] of cases) {
    const ended = await run(["serve", "--port", "0", ...args]);
    const [first = "", second = ""] = ended.errors.split("\n");
    assert.equal(ended.code, 1, ended.errors);
    assert.match(first, sentence, args.join(" "));
    assert.equal(second, `  ${code}: ${errorCatalogue[code].advice}`, args.join(" "));
    assert.ok(!(ended.output + ended.errors).includes("hunter2"), ended.errors);
    assert.doesNotMatch(ended.errors, /^ +at /m, "no stack");
  }
});

it("`trotline config` shows the store, and not its password, wherever it was set", async () => {
  const url = "postgres://me:hunter2@db.example:6543/hooks";
  for (const [args, env] of [
    [["--store", url], {}],
    [[], { TROTLINE_STORE: url }],
  ] as const) {
    const { code, output } = await run(["config", ...args], env);
    assert.equal(code, 0);
    assert.match(output, /^store +postgres:\/\/\(not shown\)@db\.example:6543\/hooks /m);
    assert.ok(!output.includes("hunter2") && !output.includes("me:"), output);
  }
  const wrong = ["//me:x?hunter2@h/d", "//me:x#hunter2@h/d", "//me:x/hunter2@h/d", "//h/d?a=1&password=hunter2"];
  for (const rest of wrong) {
    const { output } = await run(["config", "--store", `postgres:${rest}`], {
      TROTLINE_STORE_DIRECT: `postgres:${rest}`,
    });
    assert.match(output, /^store +postgres:\/\//m);
    assert.ok(!output.includes("hunter2"), output);
  }
});

it("a user who may have fewer connections than are needed is told so, and not to send it again", async () => {
  const url = await server.createDatabase("few");
  const admin = new Database({ url, logger: silent, connections: 1 });
  await admin.script("CREATE ROLE few LOGIN CONNECTION LIMIT 3; CREATE SCHEMA trotline AUTHORIZATION few");
  await admin.close();
  const few = url.replace("postgres@", "few@");
  const ended = await run([
    "serve",
    "--port",
    "0",
    "--store",
    few,
    "--store-durability",
    "trusted",
    "--log-level",
    "silent",
  ]);
  assert.equal(ended.code, 1);
  assert.match(ended.errors, /connection.*\n {2}store-unreachable: /);
});
