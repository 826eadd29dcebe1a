/**
 * `npm run dev`: the server, started again when its sources change; the dashboard, built again when its own do; a
 * receiver that misbehaves on purpose; an endpoint for it, and an event every second.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { readdirSync, watch } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { buildUi } from "./build-ui.ts";

const root = join(import.meta.dirname, "..");
const port = process.env.PORT ?? "3400";
const key = "trot_development_key_not_secret";
const url = `http://127.0.0.1:${port}`;

/** What the receiver does with one request in ten, in turn. */
const misdeeds = [
  { name: "500", answer: (response: import("node:http").ServerResponse) => response.writeHead(500).end("oops") },
  {
    name: "503, come back in 3 s",
    answer: (response: import("node:http").ServerResponse) => response.writeHead(503, { "retry-after": "3" }).end(),
  },
  { name: "connection reset", answer: (response: import("node:http").ServerResponse) => response.socket?.destroy() },
  { name: "no answer", answer: () => {} },
];

function startReceiver(): Promise<string> {
  let received = 0;
  const server = createServer((request, response) => {
    request.resume();
    request.on("end", () => {
      received += 1;
      const misdeed = received % 10 === 0 ? misdeeds[(received / 10) % misdeeds.length] : undefined;
      console.log(`receiver: ${request.headers["webhook-id"]} → ${misdeed?.name ?? "200"}`);
      if (misdeed === undefined) response.end("ok");
      else misdeed.answer(response);
    });
  });
  return new Promise((resolve) => {
    server.listen(0, "127.0.0.1", () => resolve(`http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`));
  });
}

const settleMs = 150;

/** What is saved at once, by an editor or by git, is built once. */
function buildUiOnChange(): void {
  let timer: NodeJS.Timeout | undefined;
  watch(join(root, "src/ui"), { recursive: true }, () => {
    clearTimeout(timer);
    timer = setTimeout(() => {
      buildUi({ ifStale: true }).then(
        () => console.log("dashboard: built"),
        (error: Error) => console.error(`dashboard: ${error.message}`),
      );
    }, settleMs);
  });
}

const serverFlags = ["serve", "--port", port, "--data", join(root, ".trotline"), "--allow-addresses", "loopback"];

/** All but the dashboard, whose files the server reads when they are asked for… but not which there are. */
const watchedFolders = readdirSync(join(root, "src"), { withFileTypes: true })
  .filter((entry) => entry.isDirectory() && entry.name !== "ui")
  .map(({ name }) => `--watch-path=src/${name}`);

function startServer(): ChildProcess {
  return spawn(
    process.execPath,
    [...watchedFolders, "--watch-preserve-output", join(root, "bin/trotline.js"), ...serverFlags],
    {
      cwd: root,
      stdio: "inherit",
      env: { ...process.env, TROTLINE_ADMIN_KEY: key },
    },
  );
}

const call = (method: string, path: string, body?: object): Promise<Response> =>
  fetch(url + path, {
    method,
    headers: { authorization: `Bearer ${key}`, "content-type": "application/json" },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });

const isReady = (): Promise<boolean> =>
  fetch(`${url}/readyz`).then(
    (response) => response.ok,
    () => false,
  );

await buildUi({ ifStale: true });
buildUiOnChange();
const receiverUrl = await startReceiver();
const server = startServer();
process.on("exit", () => server.kill());
for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => process.exit(0));
server.on("exit", (code) => process.exit(code ?? 1));

while (!(await isReady())) await new Promise((resolve) => setTimeout(resolve, 100));
await call("POST", "/v1/endpoints", { url: receiverUrl, timeout_ms: 2000, retry_delays_ms: [1000, 5000, 10_000] });
console.log(`\ndashboard: ${url}/\nkey: ${key}\ntry: curl -s ${url}/v1/attempts -H "Authorization: Bearer ${key}"\n`);

const types = ["order.created", "order.paid", "invoice.sent", "user.updated"];
for (let number = 1; ; number++) {
  await new Promise((resolve) => setTimeout(resolve, 1000));
  await call("POST", "/v1/events", { type: types[number % types.length], data: { number } }).catch(() => {});
}
