/** Heads of requests at the edge of HTTP, to `trotline hooks --compat` beside adnanh/webhook. */
import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { connect } from "node:net";
import { join } from "node:path";
import { it } from "node:test";
import { noWebhook, startHooks, startWebhook } from "./a-hooks-server.ts";
import { aFolder } from "./cli-run.ts";

it("what is no HTTP, or too much of it, has the same status", { skip: noWebhook }, async (context) => {
  const folder = aFolder();
  const hook = { id: "a", "execute-command": "/bin/true", "response-message": "m" };
  await writeFile(join(folder, "hooks"), JSON.stringify([hook]));
  const flags = ["-hooks", join(folder, "hooks"), "-verbose"];
  const [ours, theirs] = [
    await startHooks(context, ["--compat", "-ip", "127.0.0.1", "--data", "memory", ...flags]),
    await startWebhook(context, flags),
  ];
  const heads = [
    "HTTP/1.1\r\nHost: a\r\nHost: b",
    "HTTP/1.1\r\nHost: a b",
    "HTTP/1.1\r\nHost: a/b",
    "HTTP/1.1\r\nHost: [::1]:80",
    "HTTP/1.1\r\nHost:",
    "HTTP/1.1\r\nX: y",
    "HTTP/1.0\r\nX: y",
    "HTTP/2.0\r\nHost: a",
    "HTTP/1.1\r\nHost: a\r\nX : y",
    "HTTP/1.1\r\nHost: a\r\nExpect: more",
    `HTTP/1.1\r\nHost: a${"\r\nX: y".repeat(3000)}`,
    `HTTP/1.1\r\nHost: a\r\nX: ${"y".repeat(900_000)}`,
    `HTTP/1.1\r\nHost: a\r\nX: ${"y".repeat(1_200_000)}`,
  ];
  for (const head of heads) {
    const [one, two] = [await statusOf(ours.port, head), await statusOf(theirs.port, head)];
    assert.equal(one, two, head.slice(0, 60));
  }
});

/** Of `GET /hooks/a` with this behind it. */
async function statusOf(port: number, head: string): Promise<string | undefined> {
  const socket = connect(port, "127.0.0.1").on("error", () => {}); // What is too large is cut off.
  let answer = "";
  socket.on("data", (chunk) => {
    answer += chunk.toString("latin1");
  });
  socket.write(`GET /hooks/a ${head}\r\nConnection: close\r\n\r\n`);
  await new Promise((resolve) => socket.on("close", resolve));
  return /^HTTP\/1\.\d (\d+)/.exec(answer)?.[1];
}
