/** Transforms that hang, when the server beside them dies. */
import { readdirSync, readFileSync } from "node:fs";
import { it } from "node:test";
import { eventually } from "../../src/testing/eventually.ts";
import { temporaryFolder } from "../../src/testing/temporary-folder.ts";
import { startServerProcess } from "./a-server-process.ts";

const skip = process.platform !== "linux" && "processes are looked for in /proc";

/** Processes whose parent is `pid`. */
function childrenOf(pid: number): number[] {
  const pids = readdirSync("/proc").filter((name) => /^\d+$/.test(name));
  return pids.map(Number).filter((child) => parentOf(child) === pid);
}

const parentOf = (pid: number): number | null => statOf(pid)?.parent ?? null;

/** Null where it has ended. */
function statOf(pid: number): { readonly parent: number; readonly cpuTicks: number } | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    const fields = stat
      .slice(stat.lastIndexOf(")") + 2)
      .split(" ")
      .map(Number);
    return { parent: fields[1] ?? 0, cpuTicks: fields[11] ?? 0 };
  } catch {
    return null;
  }
}

/** Hundredths of a second: more than a process takes to start. */
const busyTicks = 25;

it("a transform that never ends does not outlive a server that was killed", { skip }, async () => {
  const folder = temporaryFolder("transforms");
  const server = await startServerProcess(folder);
  const transform = '$match("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!", /^(a+)+$/)';
  await server.call("POST", "/v1/endpoints", {
    url: "http://127.0.0.1:9/",
    transform,
    retry_delays_ms: Array(20).fill(500),
  });
  await server.call("POST", "/v1/events", { type: "a", data: 1 });
  const isHanging = (pid: number): boolean => (statOf(pid)?.cpuTicks ?? 0) >= busyTicks;
  const child = await eventually("a transform hangs", () => childrenOf(server.pid).find(isHanging), 60_000);
  await server.kill();
  await eventually("it ends, too", () => parentOf(child) === null);
});
