/** The option `egress-proxy`: that everything goes through it, and that its credentials are shown nowhere. */
import assert from "node:assert/strict";
import { it } from "node:test";
import { appOptions } from "../../src/cli/app-options.ts";
import { resolveConfig } from "../../src/config/resolve-config.ts";
import { parseEgressProxy } from "../../src/platform/egress-proxy.ts";
import { eventually } from "../../src/testing/eventually.ts";
import { startTestReceiver } from "../../src/testing/test-receiver.ts";
import { anEvent, aServer } from "./a-server.ts";
import { trotlineEnded } from "./cli-run.ts";

const silent = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

const configured = async (value: string) => {
  const env = { TROTLINE_EGRESS_PROXY: value };
  const { config } = await resolveConfig({ flags: {}, env, readFile: () => Promise.reject(new Error("none")) });
  return appOptions(config, silent).egressProxy;
};

it("deliveries, tokens and verifications all go through the proxy", async (context) => {
  const proxy = await startTestReceiver();
  context.after(() => proxy.close());
  proxy.answer((request) => ({
    write: (response) => {
      const token = JSON.stringify({ access_token: "abc", token_type: "bearer" });
      const challenge = request.body.includes("challenge") ? JSON.parse(request.body.toString()).data.challenge : "ok";
      response.end(request.path.endsWith("/token") ? token : challenge);
    },
  }));
  const egressProxy = parseEgressProxy(proxy.url.replace("//", "//user:secret@"));
  const { ask } = await aServer(context, { app: { egressProxy, allowAddresses: [] } });
  const body = {
    url: "http://receiver.invalid/hook",
    verification: "challenge",
    authorization: { type: "oauth2", token_url: "http://tokens.invalid/token", client_id: "c", client_secret: "s" },
  };
  const made = await ask("POST /v1/endpoints", { body });
  assert.equal(made.status, 201, made.text);
  await ask("POST /v1/events", { body: anEvent() });
  await eventually("delivered", () => proxy.requests.length === 3);
  const hook = "http://receiver.invalid/hook";
  assert.deepEqual(
    proxy.requests.map(({ path }) => path),
    ["http://tokens.invalid/token", hook, hook],
  );
  const basic = `Basic ${Buffer.from("user:secret").toString("base64")}`;
  for (const { headers } of proxy.requests) assert.equal(headers["proxy-authorization"], basic);
});

it("its URL is taken apart: host, port, credentials", async () => {
  assert.equal(await configured("none"), null);
  assert.deepEqual(await configured("http://proxy.internal:3128"), {
    hostname: "proxy.internal",
    port: 3128,
    credentialsLine: "",
  });
  const line = `proxy-authorization: Basic ${Buffer.from("us er:p@ß").toString("base64")}\r\n`;
  assert.deepEqual(await configured("http://us%20er:p%40%C3%9F@[::1]/"), {
    hostname: "::1",
    port: 80,
    credentialsLine: line,
  });
});

it("what is no such URL is refused, and not repeated: it may hold a password", async () => {
  for (const value of [
    "proxy:3128",
    "https://user:hidden@proxy",
    "socks5://user:hidden@proxy",
    "http://user:hidden@proxy/path",
    "http://user:hidden@proxy?x",
    "http://user:hidden%zz@proxy",
    "http://user:hidden@",
  ]) {
    await assert.rejects(configured(value), (error: Error & { code: string }) => {
      assert.equal(error.code, "config-invalid-value", value);
      assert.doesNotMatch(error.message, /hidden/);
      return true;
    });
  }
});

it("`trotline config` shows where it is, and not its credentials", async (context) => {
  const env = { TROTLINE_EGRESS_PROXY: "http://user:hidden@proxy.internal:3128" };
  const { output } = await trotlineEnded(context, ["config"], { env });
  assert.match(output, /egress-proxy +http:\/\/\(not shown\)@proxy\.internal:3128 +env/);
  assert.doesNotMatch(output, /hidden/);
});
