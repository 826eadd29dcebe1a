import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

type Closer = () => Promise<void>;

/** What must go when a run ends, however it ends: processes and temporary folders. The last taken goes first. */
export class Resources {
  readonly #closers = new Set<Closer>();

  add(closer: Closer): void {
    this.#closers.add(closer);
  }

  /** A temporary folder, on the disk that `TMPDIR` names. */
  async folder(name: string): Promise<string> {
    const path = await mkdtemp(join(tmpdir(), `trotline-${name}-`));
    this.add(() => rm(path, { recursive: true, force: true }));
    return path;
  }

  /** Resources that go when `use` ends, or with these if that is sooner. */
  async scope<T>(use: (inner: Resources) => Promise<T>): Promise<T> {
    const inner = new Resources();
    const closer = () => inner.close();
    this.add(closer);
    try {
      return await use(inner);
    } finally {
      await inner.close();
      this.#closers.delete(closer);
    }
  }

  async close(): Promise<void> {
    for (const closer of [...this.#closers].reverse()) {
      this.#closers.delete(closer);
      await closer().catch((error: unknown) => process.stderr.write(`could not clean up: ${error}\n`));
    }
  }
}
