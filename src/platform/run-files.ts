/** Temporary files of programs that run: each run has a folder of its own, which only this user can read. */
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

export interface MadeFiles {
  /** Where each file is, by the name that it was asked for. */
  readonly paths: Readonly<Record<string, string>>;
  /** Never rejects. */
  remove(): Promise<void>;
}

export class RunFiles {
  readonly #wanted: string | null;
  #folder: Promise<string> | null = null;

  constructor(folder: string | null) {
    this.#wanted = folder === null ? null : resolve(folder);
    // Nobody may come to make another one: what a process that was killed has left does not wait for that.
    if (this.#wanted !== null && existsSync(this.#wanted)) void this.root().catch(() => {});
  }

  async make(contents: Readonly<Record<string, Uint8Array>>): Promise<MadeFiles> {
    const folder = await mkdtemp(join(await this.root(), "run-"));
    const remove = (): Promise<void> => rm(folder, { recursive: true, force: true }).catch(() => {});
    const paths: Record<string, string> = {};
    try {
      for (const [index, [name, bytes]] of Object.entries(contents).entries()) {
        const path = join(folder, `file-${index + 1}`);
        await writeFile(path, bytes, { mode: 0o600, flag: "wx" });
        paths[name] = path;
      }
    } catch (error) {
      await remove();
      throw error;
    }
    return { paths, remove };
  }

  async close(): Promise<void> {
    const folder = await this.#folder?.catch(() => null);
    this.#folder = null;
    if (folder !== null && folder !== undefined) await rm(folder, { recursive: true, force: true }).catch(() => {});
  }

  /** The folder of all of them. */
  root(): Promise<string> {
    this.#folder ??= this.#makeRoot().catch((error: unknown) => {
      this.#folder = null; // The next run asks again: the disk may have room by then.
      throw error;
    });
    return this.#folder;
  }

  /** What a process that was killed has left there goes first. */
  async #makeRoot(): Promise<string> {
    if (this.#wanted === null) return mkdtemp(join(tmpdir(), "trotline-"));
    await rm(this.#wanted, { recursive: true, force: true });
    await mkdir(this.#wanted, { recursive: true, mode: 0o700 });
    return this.#wanted;
  }
}
