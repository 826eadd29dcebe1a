import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

type Closer = () => Promise<void>;

/** What must go when a run ends, however it ends: processes and temporary folders. The last taken goes first. */
export class Resources {
  readonly #closers = new Set<Closer>();
  #closing: Promise<void> | null = null;

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

  /** Takes what is added meanwhile, too. Whoever asks again while it runs waits for the same end. */
  close(): Promise<void> {
    this.#closing ??= this.#closeAll().finally(() => {
      this.#closing = null;
    });
    return this.#closing;
  }

  async #closeAll(): Promise<void> {
    for (let closer = this.#last(); closer !== undefined; closer = this.#last()) {
      this.#closers.delete(closer);
      await closer().catch((error: unknown) => process.stderr.write(`could not clean up: ${error}\n`));
    }
  }

  #last(): Closer | undefined {
    return [...this.#closers].at(-1);
  }
}
