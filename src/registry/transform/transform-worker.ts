/** The process in which transforms run, one at a time. Its other end is transform.ts, which ends it where one hangs. */
import { Worker } from "node:worker_threads";
import { evaluate, type TransformQuestion } from "./evaluate.ts";

// What one tenant's expression might find a way to write here, another's would read.
for (const { prototype } of [Object, Array, Function, String, Number]) Object.preventExtensions(prototype);

/** Where our parent is killed while an expression hangs here, nobody else would ever end this process. */
const watch = `const parent = process.ppid;
setInterval(() => process.ppid !== parent && process.kill(process.pid, "SIGKILL"), 1000);`;
new Worker(watch, { eval: true, resourceLimits: { maxOldGenerationSizeMb: 8 } }).unref();

process.on("message", async (question: TransformQuestion) => process.send?.(await evaluate(question)));
process.on("disconnect", () => process.exit());
process.send?.("ready");
