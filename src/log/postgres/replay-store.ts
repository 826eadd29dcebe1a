import type { Replay } from "../../core/replay.ts";
import type { ShardLease } from "../../core/shard.ts";
import type { ReplayStore } from "../replay-store.ts";
import { ShardsLostError } from "../shard-store.ts";
import type { ConfigurationWriter } from "./configuration-writer.ts";
import type { StoreParts } from "./parts.ts";

/** Of these one transaction takes so many at once. */
const groupMax = 100;

interface Put {
  readonly replay: Replay;
  readonly lease: ShardLease;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

export class PostgresReplayStore implements ReplayStore {
  readonly #parts: StoreParts;
  readonly #writer: ConfigurationWriter;
  /** In the order in which they were asked for; while a transaction is under way, the next gather. */
  #waiting: Put[] = [];
  #isWriting = false;

  constructor(parts: StoreParts, writer: ConfigurationWriter) {
    this.#parts = parts;
    this.#writer = writer;
  }

  async load(): Promise<readonly Replay[]> {
    const rows = await this.#parts.database.run("replays-all");
    return rows.map(({ document }) => JSON.parse(document as string));
  }

  /** Not among other changes: a shard that was lost is theirs alone who put it. */
  put(replay: Replay, lease: ShardLease): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ replay, lease, resolve, reject });
      void this.#write();
    });
  }

  async remove(id: string): Promise<void> {
    await this.#writer.submit([{ kind: "replay", key: id, document: null }]);
  }

  async #write(): Promise<void> {
    if (this.#isWriting) return;
    this.#isWriting = true;
    while (this.#waiting.length > 0) await this.#commit(this.#waiting.splice(0, groupMax));
    this.#isWriting = false;
  }

  async #commit(group: readonly Put[]): Promise<void> {
    const columns = [
      group.map(({ replay }) => replay.id),
      group.map(({ replay }) => JSON.stringify(replay)),
      group.map(({ lease }) => lease.shard),
      group.map(({ lease }) => lease.fence),
    ];
    try {
      const rows = await this.#parts.write((run) => run("replays-put", columns));
      const lost = new Set(rows.map(({ nth }) => Number(nth)));
      for (const [index, { lease, resolve, reject }] of group.entries()) {
        if (lost.has(index + 1)) reject(new ShardsLostError([lease]));
        else resolve();
      }
    } catch (error) {
      for (const { reject } of group) reject(error);
    }
  }
}
