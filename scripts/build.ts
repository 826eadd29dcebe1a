/** Makes `dist/`: JavaScript and declarations by tsc, the SQL beside what reads it, and the dashboard. */
import { execFileSync } from "node:child_process";
import { cpSync, existsSync, globSync, readdirSync, rmSync } from "node:fs";
import { join, relative } from "node:path";
import { buildUi } from "./build-ui.ts";

const root = join(import.meta.dirname, "..");
const dist = join(root, "dist");

// The dashboard knows by itself whether it is current; a server that runs may be reading it.
for (const entry of existsSync(dist) ? readdirSync(dist) : []) {
  if (!entry.startsWith("ui")) rmSync(join(dist, entry), { recursive: true });
}
execFileSync(join(root, "node_modules/.bin/tsc"), ["-p", "tsconfig.build.json"], { cwd: root, stdio: "inherit" });
for (const file of globSync("src/**/*.sql", { cwd: root })) {
  cpSync(join(root, file), join(dist, relative("src", file)));
}
await buildUi({ ifStale: true });
