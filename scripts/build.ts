/** Makes `dist/`: JavaScript and declarations by tsc, and the SQL beside what reads it. */
import { execFileSync } from "node:child_process";
import { cpSync, globSync, rmSync } from "node:fs";
import { join, relative } from "node:path";

const root = join(import.meta.dirname, "..");
const dist = join(root, "dist");

rmSync(dist, { recursive: true, force: true });
execFileSync(join(root, "node_modules/.bin/tsc"), ["-p", "tsconfig.build.json"], { cwd: root, stdio: "inherit" });
for (const file of globSync("src/**/*.sql", { cwd: root })) {
  cpSync(join(root, file), join(dist, relative("src", file)));
}
