import type { Replay } from "../../core/replay.ts";
import type { ReplayStore } from "../replay-store.ts";
import type { ConfigurationWriter } from "./configuration-writer.ts";
import type { StoreParts } from "./parts.ts";

export class PostgresReplayStore implements ReplayStore {
  readonly #parts: StoreParts;
  readonly #writer: ConfigurationWriter;

  constructor(parts: StoreParts, writer: ConfigurationWriter) {
    this.#parts = parts;
    this.#writer = writer;
  }

  async load(): Promise<readonly Replay[]> {
    const rows = await this.#parts.database.run("replays-all");
    return rows.map(({ document }) => JSON.parse(document as string));
  }

  async put(replay: Replay): Promise<void> {
    await this.#writer.submit([{ kind: "replay", key: replay.id, document: JSON.stringify(replay) }]);
  }

  async remove(id: string): Promise<void> {
    await this.#writer.submit([{ kind: "replay", key: id, document: null }]);
  }
}
