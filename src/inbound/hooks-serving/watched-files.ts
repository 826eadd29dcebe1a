/**
 * Watches hooks files by looking at them: what a path leads to is compared, and so it is seen whichever way it changes.
 * A watch on the file itself is lost when an editor renames another over it, or when a link before it is moved, as
 * Kubernetes does with a ConfigMap.
 */
import { stat } from "node:fs/promises";

export interface WatchedFilesOptions {
  readonly files: readonly string[];
  /** Waited for before the next look. */
  readonly onChange: (file: string, what: "changed" | "removed") => Promise<void>;
  readonly intervalMs?: number;
}

const intervalMsDefault = 200;
const gone = "gone";

interface Watched {
  /** What was loaded last. */
  known: string;
  /** What the last look saw: only what stays as it is for two looks is loaded, so that nothing half written is. */
  seen: string;
}

export class WatchedFiles {
  readonly #options: WatchedFilesOptions;
  readonly #watched = new Map<string, Watched>();
  #timer: NodeJS.Timeout | undefined;
  #isClosed = false;

  private constructor(options: WatchedFilesOptions) {
    this.#options = options;
  }

  /** Take it before the files are read: what changes meanwhile is a change. */
  static async start(options: WatchedFilesOptions): Promise<WatchedFiles> {
    const watch = new WatchedFiles(options);
    for (const file of options.files) {
      const known = await identityOf(file);
      watch.#watched.set(file, { known, seen: known });
    }
    watch.#lookLater();
    return watch;
  }

  close(): void {
    this.#isClosed = true;
    clearTimeout(this.#timer);
  }

  #lookLater(): void {
    if (this.#isClosed) return;
    this.#timer = setTimeout(() => {
      this.#look().finally(() => this.#lookLater());
    }, this.#options.intervalMs ?? intervalMsDefault);
    this.#timer.unref();
  }

  async #look(): Promise<void> {
    for (const [file, watched] of this.#watched) {
      const seen = await identityOf(file);
      const isSettled = seen === watched.seen;
      watched.seen = seen;
      if (!isSettled || seen === watched.known || this.#isClosed) continue;
      watched.known = seen;
      await this.#options.onChange(file, seen === gone ? "removed" : "changed");
    }
  }
}

/** Another where another file is there, or other bytes in it. */
async function identityOf(file: string): Promise<string> {
  try {
    const { dev, ino, size, mtimeNs, ctimeNs } = await stat(file, { bigint: true });
    return [dev, ino, size, mtimeNs, ctimeNs].join(":");
  } catch {
    return gone;
  }
}
