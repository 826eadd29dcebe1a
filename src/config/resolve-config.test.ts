import assert from "node:assert/strict";
import { it } from "node:test";
import { type ConfigInput, resolveConfig } from "./resolve-config.ts";

interface Given {
  flags?: ConfigInput["flags"];
  env?: ConfigInput["env"];
  /** Content of the file that `--config` names. */
  file?: string | Uint8Array;
}

function resolve({ flags = {}, env = {}, file }: Given) {
  return resolveConfig({
    flags: file === undefined ? flags : { config: "trotline.yaml", ...flags },
    env,
    readFile: async (path) => {
      if (file === undefined || path !== "trotline.yaml") {
        throw Object.assign(new Error("no such file"), { code: "ENOENT" });
      }
      return Buffer.from(file as string);
    },
  });
}

const refuses = (given: Given, code: string, message: RegExp) => assert.rejects(resolve(given), { code, message });

it("without anything, every option has its default", async () => {
  const { config, sources } = await resolve({});
  assert.deepEqual(
    [config.host, config.port, config.retentionAgeMs, config.eventBytesMax, config.adminKey, config.allowAddresses],
    ["127.0.0.1", 3400, 30 * 86_400_000, 262_144, null, []],
  );
  assert.deepEqual(new Set(Object.values(sources)), new Set(["default"]));
});

it("a flag wins over the environment, the environment over the file, the file over the default", async () => {
  const file = "port: 1\nhost: 10.0.0.1\nretention-age: 60d\n";
  const env = { TROTLINE_PORT: "2", TROTLINE_HOST: "10.0.0.2" };
  const { config, sources } = await resolve({ file, env, flags: { port: "3" } });
  assert.deepEqual([config.port, config.host, config.retentionAgeMs], [3, "10.0.0.2", 60 * 86_400_000]);
  assert.deepEqual(
    [sources.port, sources.host, sources.retentionAgeMs, sources.auth, sources.configFile],
    ["flag", "env", "file", "default", "flag"],
  );
});

it("JSON is a configuration file too, and an empty file says nothing", async () => {
  assert.equal((await resolve({ file: '{"port": 5, "auth": "none"}' })).config.auth, "none");
  assert.equal((await resolve({ file: "# nothing yet\n" })).config.port, 3400);
});

it("lists are read from flags that repeat, from commas, and from lists of the file", async () => {
  const expected = ["10.0.0.0/8", "loopback"];
  const cases: Given[] = [
    { flags: { "allow-addresses": ["10.0.0.0/8", "loopback"] } },
    { env: { TROTLINE_ALLOW_ADDRESSES: "10.0.0.0/8, loopback" } },
    { file: "allow-addresses: [10.0.0.0/8, loopback]" },
    { file: "allow-addresses: 10.0.0.0/8,loopback" },
  ];
  for (const given of cases) assert.deepEqual((await resolve(given)).config.allowAddresses, expected);
});

it("an option that may be absent is taken back with `none`, or null in the file", async () => {
  const file = "retention-bytes: 10GiB";
  assert.equal((await resolve({ file })).config.retentionBytes, 10 * 1024 ** 3);
  assert.equal((await resolve({ file, env: { TROTLINE_RETENTION_BYTES: "none" } })).config.retentionBytes, null);
  assert.equal((await resolve({ file: "retention-bytes: null" })).config.retentionBytes, null);
});

it("an empty variable counts as absent", async () => {
  assert.equal((await resolve({ env: { TROTLINE_PORT: "", TROTLINE_ADMIN_KEY: "" } })).config.port, 3400);
});

it("what Kubernetes says about a service named trotline is not taken for options", async () => {
  const env = {
    TROTLINE_SERVICE_HOST: "10.0.0.1",
    TROTLINE_SERVICE_PORT: "3400",
    TROTLINE_SERVICE_PORT_HTTP: "3400",
    TROTLINE_PORT: "tcp://10.0.0.1:3400",
    TROTLINE_PORT_3400_TCP: "tcp://10.0.0.1:3400",
    TROTLINE_PORT_3400_TCP_ADDR: "10.0.0.1",
  };
  const { config, sources } = await resolve({ env });
  assert.deepEqual([config.port, sources.port], [3400, "default"]);
});

it("the variables of the client commands do not stop a server, and their misspellings do", async () => {
  const { config } = await resolve({ env: { TROTLINE_URL: "http://127.0.0.1:1", TROTLINE_KEY: "trot_k" } });
  assert.equal(config.port, 3400);
  await refuses({ env: { TROTLINE_KEYS: "trot_k" } }, "config-unknown-key", /Did you mean `TROTLINE_KEY`\?/);
  await refuses({ env: { TROTLINE_KEY_FILE: "a" } }, "config-unknown-key", /TROTLINE_KEY_FILE/);
});

it("an unknown option is refused wherever it stands, with the nearest name", async () => {
  const code = "config-unknown-key";
  await refuses({ flags: { prot: "1" } }, code, /--prot\. Did you mean `port`\?/);
  await refuses({ env: { TROTLINE_RETENTON_AGE: "1d" } }, code, /Did you mean `TROTLINE_RETENTION_AGE`\?/);
  await refuses({ file: "retention_age: 1d" }, code, /trotline\.yaml.*Did you mean `retention-age`\?/);
  await refuses({ file: "retention: 1d" }, code, /Did you mean `retention-age`\?/);
  await refuses({ file: "something-else: 1" }, code, /`something-else` in trotline\.yaml\.$/);
  await refuses({ file: "config: other.yaml" }, code, /`config` in trotline\.yaml/);
});

it("a secret is not taken from the command line", async () => {
  const flags = { "admin-key": "x".repeat(40) };
  await refuses({ flags }, "config-unknown-key", /set it with TROTLINE_ADMIN_KEY/);
});

it("a value that does not fit is refused with the name that it was given by, and what it takes", async () => {
  const code = "config-invalid-value";
  const cases: [Given, RegExp][] = [
    [{ flags: { port: "65536" } }, /^--port takes an integer from 0 to 65535, not `65536`\.$/],
    [{ env: { TROTLINE_PORT: "http" } }, /^TROTLINE_PORT takes/],
    [{ file: "port: [1]" }, /^`port` in trotline\.yaml takes/],
    [{ file: "port: true" }, /^`port` in/],
    [{ file: "port: 1.5" }, /^`port` in/],
    [{ flags: { "retention-age": "30" } }, /with its unit/],
    [{ flags: { "retention-age": "30 days" } }, /with its unit/],
    [{ flags: { "retention-age": "1s" } }, /from 1m/],
    [{ flags: { "event-bytes-max": "1GiB" } }, /to 8MiB/],
    [{ flags: { "event-bytes-max": "1 mib" } }, /takes a size/],
    [{ flags: { auth: "None" } }, /one of `keys`, `none`/],
    [{ flags: { host: "a b" } }, /host name/],
    [{ flags: { "allow-addresses": "10.0.0.0/33" } }, /range/],
    [{ flags: { "allow-addresses": "everything" } }, /range/],
    [{ flags: { config: "" } }, /^--config takes a path/],
  ];
  for (const [given, message] of cases) await refuses(given, code, message);
});

it("a secret that does not fit is not repeated in the error", async () => {
  const env = { TROTLINE_ADMIN_KEY: "hunter2" };
  await assert.rejects(resolve({ env }), (error: Error & { code: string }) => {
    assert.equal(error.code, "config-invalid-value");
    assert.doesNotMatch(error.message, /hunter2/);
    return true;
  });
});

it("a file that cannot be read, or is no map of options, is refused with the reason", async () => {
  const code = "config-unreadable";
  await refuses({ flags: { config: "gone.yaml" } }, code, /gone\.yaml cannot be read: ENOENT/);
  await refuses({ file: "port: 1\nport: 2\n" }, code, /unique.*line 2/);
  await refuses({ file: "port: [1" }, code, /line 1/);
  await refuses({ file: "- port\n" }, code, /not a map/);
  await refuses({ file: "3400" }, code, /not a map/);
  await refuses({ file: Uint8Array.from([0x70, 0xff]) }, code, /not UTF-8/);
  await refuses({ file: "x".repeat(1024 * 1024 + 1) }, code, /larger than/);
  await refuses({ file: "a: &a 1\nport: *a\n" }, code, /alias/i);
});
