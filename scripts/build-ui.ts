/**
 * Makes `dist/ui/`, the dashboard, with each file compressed beside it. `--if-stale`: only where its sources are not
 * those that it was made of.
 */
import { createHash } from "node:crypto";
import { globSync, mkdirSync, readFileSync, rmdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";
import { build } from "vite";

const root = join(import.meta.dirname, "..");
const out = join(root, "dist/ui");
const stamp = join(out, ".stamp");
const lock = join(root, "dist/ui.lock");
/** A build takes seconds; a lock that is older was left behind. */
const lockAgeMsMax = 120_000;
const compressible = /\.(html|js|css|svg)$/;

function sourcesHash(): string {
  const hash = createHash("sha256");
  const files = globSync(["src/ui/**/*.{ts,tsx,css,html,js,svg,json}", "src/sdk/*.ts", "package-lock.json"], {
    cwd: root,
  });
  for (const file of files.sort())
    hash
      .update(file)
      .update("\0")
      .update(readFileSync(join(root, file)))
      .update("\0");
  return hash.digest("hex");
}

function isCurrent(hash: string): boolean {
  try {
    return readFileSync(stamp, "utf8") === hash;
  } catch {
    return false;
  }
}

/** Others may want the same at the same time: tests run side by side. */
async function takeLock(): Promise<void> {
  mkdirSync(join(root, "dist"), { recursive: true });
  for (;;) {
    try {
      mkdirSync(lock);
      return;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    }
    const age = Date.now() - (statSync(lock, { throwIfNoEntry: false })?.mtimeMs ?? Date.now());
    if (age > lockAgeMsMax) rmdirSync(lock);
    await pause(100);
  }
}

function compress(): void {
  for (const file of globSync("**/*", { cwd: out }).filter((name) => compressible.test(name))) {
    const bytes = readFileSync(join(out, file));
    writeFileSync(join(out, `${file}.gz`), gzipSync(bytes, { level: 9 }));
    const params = { [constants.BROTLI_PARAM_QUALITY]: 11 };
    writeFileSync(join(out, `${file}.br`), brotliCompressSync(bytes, { params }));
  }
}

export async function buildUi({ ifStale }: { readonly ifStale: boolean }): Promise<void> {
  if (ifStale && isCurrent(sourcesHash())) return;
  await takeLock();
  try {
    const hash = sourcesHash();
    if (ifStale && isCurrent(hash)) return;
    await build({ configFile: join(root, "src/ui/vite.config.ts"), logLevel: "warn" });
    compress();
    writeFileSync(stamp, hash);
  } finally {
    rmdirSync(lock);
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await buildUi({ ifStale: process.argv.includes("--if-stale") });
