/** adnanh/webhook, as Debian packages it: a process that checks one rule and answers, as a baseline for receiving. */
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { freePort } from "../src/testing/free-port.ts";
import type { Resources } from "./resources.ts";

const program = "webhook";
const startPollMs = 20;
const startPolls = 250;

/** The version that is installed; null where none is. */
export function webhookVersion(): string | null {
  const { status, stdout } = spawnSync(program, ["-version"], { encoding: "utf8" });
  return status === 0 ? stdout.trim() : null;
}

/**
 * Serves `/hooks/<id>`, which wants the HMAC-SHA256 of the body in `X-Hub-Signature-256`. Its command is one that there
 * is not: it would be run after the answer, and its process would be paid for by what is measured.
 */
export async function startWebhook({ id, secret }: { id: string; secret: string }, resources: Resources) {
  const folder = await resources.folder("webhook");
  const hooks = join(folder, "hooks.json");
  const match = {
    type: "payload-hmac-sha256",
    secret,
    parameter: { source: "header", name: "X-Hub-Signature-256" },
  };
  await writeFile(hooks, JSON.stringify([{ id, "execute-command": "", "trigger-rule": { match } }]));
  const port = await freePort();
  const child = spawn(program, ["-hooks", hooks, "-ip", "127.0.0.1", "-port", String(port)], { stdio: "ignore" });
  resources.add(async () => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, "exit");
    child.kill("SIGKILL");
    await ended;
  });
  for (let poll = 0; poll < startPolls; poll++) {
    const isUp = await fetch(`http://127.0.0.1:${port}/`).then(
      () => true,
      () => false,
    );
    if (isUp) return { port, path: `/hooks/${id}` };
    await new Promise((resolve) => setTimeout(resolve, startPollMs));
  }
  throw new Error("webhook did not start");
}
