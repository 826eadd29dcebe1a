/**
 * `npm run demo`, or another file of this folder, in a clone where nothing was installed yet: installs what the lock
 * file names, with the Node that is there, and then runs the demo with the Node of this repository. Plain JavaScript,
 * because that Node may be old.
 */
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const folder = dirname(fileURLToPath(import.meta.url));
const root = dirname(folder);
const pinnedNode = join(root, "node_modules", ".bin", "node");

if (!existsSync(pinnedNode)) {
  process.stdout.write("installing what the demo needs (npm ci)\n");
  const status = await run("npm", ["ci", "--no-audit", "--no-fund"]);
  if (status !== 0) process.exit(status);
}
process.exit(await run(pinnedNode, [join(folder, process.argv[2] ?? "run.ts")]));

/** Runs a program in the foreground. Ctrl-C reaches it by itself; it decides when it ends, and this process waits. */
function run(program, parameters) {
  return new Promise((resolve) => {
    const child = spawn(program, parameters, { cwd: root, stdio: "inherit" });
    const forward = (signal) => child.kill(signal);
    const ignore = () => {};
    process.on("SIGINT", ignore);
    process.on("SIGTERM", forward);
    child.on("error", (error) => {
      process.stderr.write(`${program} did not start: ${error.message}\n`);
      resolve(1);
    });
    child.on("exit", (code) => {
      process.off("SIGINT", ignore);
      process.off("SIGTERM", forward);
      resolve(code ?? 1);
    });
  });
}
