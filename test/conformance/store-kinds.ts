import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { limits } from "../../src/core/limits.ts";
import type { Clock, Logger } from "../../src/core/ports.ts";
import { openMemoryStore } from "../../src/log/memory/store.ts";
import { openSqliteStore, type SqliteStoreOptions } from "../../src/log/sqlite/store.ts";
import type { Store } from "../../src/log/store.ts";

/** An implementation that the suites are run on. */
export interface StoreKind {
  readonly name: string;
  /** Whether what was stored is there again when the same folder is opened. */
  readonly reopens: boolean;
  /** Whether each opening is an epoch; if not, one begins where positions may have been given again. */
  readonly beginsEpochs: boolean;
  open(folder: string, clock: Clock): Promise<Store>;
  /** What is kept elsewhere than in the folder, when the test has ended. */
  remove?(folder: string): Promise<void>;
}

export const silent: Logger = { debug() {}, info() {}, warn() {}, error() {} };

export const memoryKind: StoreKind = {
  name: "memory",
  reopens: false,
  beginsEpochs: true,
  open: async (_folder, clock) => openMemoryStore({ clock }),
};

/** Several processes on one store. */
export const sharedMemoryKind: SharedStoreKind = {
  name: "shared memory",
  reopens: false,
  beginsEpochs: true,
  open: async (_folder, clock) => openMemoryStore({ clock, shards: 8 }),
  lapse: async ({ clock }) => {
    clock.nowMs += limits.shardLeaseMs;
  },
};

export const sqliteKind: StoreKind = {
  name: "sqlite",
  reopens: true,
  beginsEpochs: true,
  open: (folder, clock) => openSqliteStore({ folder, clock, logger: silent }),
};

/** A store that many processes share. */
export interface SharedStoreKind extends StoreKind {
  /** So much time passes, for the store, that what was leased is not any more. */
  lapse(subject: Subject): Promise<void>;
}

/** A clock that stands still until a test moves it. */
export class HandClock implements Clock {
  nowMs = 1_700_000_000_000;

  wallMs(): number {
    return this.nowMs;
  }

  steadyMs(): number {
    return this.nowMs;
  }
}

export interface Subject {
  store: Store;
  readonly folder: string;
  readonly clock: HandClock;
  /** Closes the store and opens it again from the same files. */
  reopen(): Promise<Store>;
}

export async function inFolder(work: (folder: string) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "trotline-store-"));
  try {
    await work(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** A fresh store for one test, which is closed and removed afterwards. */
export async function withStore(kind: StoreKind, work: (subject: Subject) => Promise<void>): Promise<void> {
  await inFolder(async (folder) => {
    const clock = new HandClock();
    const subject: Subject = {
      store: await kind.open(folder, clock),
      folder,
      clock,
      reopen: async () => {
        await subject.store.close();
        subject.store = await kind.open(folder, clock);
        return subject.store;
      },
    };
    try {
      await work(subject);
    } finally {
      await subject.store.close();
      await kind.remove?.(folder);
    }
  });
}

/** Opens a SQLite store for a test about this implementation, and closes it afterwards. */
export async function withSqlite(
  folder: string,
  options: Partial<SqliteStoreOptions>,
  work: (store: Store) => Promise<void>,
): Promise<void> {
  const store = await openSqliteStore({ folder, clock: new HandClock(), logger: silent, ...options });
  try {
    await work(store);
  } finally {
    await store.close();
  }
}
