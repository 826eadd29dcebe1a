import type { Logger } from "../../core/ports.ts";
import type { CheckpointMode } from "./checkpoint-worker.ts";
import type { WalSize } from "./group.ts";
import { LazyThread } from "./lazy-thread.ts";

/** Pages of 8 KiB that are only in the write-ahead log before they are copied: 16 MiB. */
const pagesToCopy = 2048;
/** Pages beyond which the write-ahead log is begun anew: 64 MiB. */
const pagesToRestart = 8192;
/** Without a commit for this long, the write-ahead log is emptied, */
const quietMs = 2000;
/** if it has had this many pages since it was last: 1 MiB. A smaller one is not worth a thread. */
const pagesToEmpty = 128;
const threadLimits = { maxYoungGenerationSizeMb: 1, maxOldGenerationSizeMb: 32 };

/**
 * Keeps the write-ahead log small, beside the commits. SQLite begins the log anew only with a commit that finds all of
 * it copied, and under a steady load that never comes: while pages are copied others are added. So when the log is
 * long, it is copied once more in nobody's way, and then the few pages that came meanwhile are copied while no commit
 * runs (milliseconds), after which the next commit begins at the start of the file. The file keeps its size under load,
 * since growing it again would make each fsync slower, and is emptied when it has become quiet.
 */
export class Checkpoints {
  readonly #thread: LazyThread;
  readonly #logger: Logger;
  readonly #whileIdle: (work: () => Promise<void>) => Promise<void>;
  #running: Promise<void> | null = null;
  #quiet: NodeJS.Timeout | null = null;
  /** The most pages that the write-ahead log has had since it was emptied. */
  #pagesMost = 0;
  #isClosed = false;

  /** `whileIdle` runs something while no commit does. */
  constructor(path: string, logger: Logger, whileIdle: (work: () => Promise<void>) => Promise<void>) {
    this.#thread = new LazyThread("checkpoint-worker", { path, limits: threadLimits, idleMs: 2 * quietMs });
    this.#logger = logger;
    this.#whileIdle = whileIdle;
  }

  /** After each commit. */
  noteCommit(wal: WalSize): void {
    if (this.#isClosed) return;
    if (wal.pages - wal.checkpointed >= pagesToCopy) this.#run(() => this.#copy());
    this.#pagesMost = Math.max(this.#pagesMost, wal.pages);
    if (this.#pagesMost < pagesToEmpty) return;
    if (this.#quiet !== null) this.#quiet.refresh();
    else {
      this.#quiet = setTimeout(() => {
        this.#quiet = null;
        this.#pagesMost = 0;
        this.#run(async () => void (await this.#checkpoint("truncate")));
      }, quietMs);
      this.#quiet.unref();
    }
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    if (this.#quiet !== null) clearTimeout(this.#quiet);
    await this.#running;
    await this.#thread.close();
  }

  async #copy(): Promise<void> {
    const { pages } = await this.#checkpoint("passive");
    if (pages < pagesToRestart) return;
    await this.#checkpoint("passive");
    await this.#whileIdle(async () => void (await this.#checkpoint("restart")));
  }

  #checkpoint(mode: CheckpointMode): Promise<WalSize> {
    return this.#thread.ask<WalSize>({ do: mode });
  }

  #run(work: () => Promise<void>): void {
    if (this.#running !== null || this.#isClosed) return;
    this.#running = work()
      .catch((error) => this.#logger.warn({ detail: (error as Error).message }, "a checkpoint failed"))
      .finally(() => {
        this.#running = null;
      });
  }
}
