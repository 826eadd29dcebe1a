import type { Replay } from "../../core/replay.ts";
import type { ReplayStore } from "../replay-store.ts";
import type { Writer } from "./writer.ts";

export class SqliteReplayStore implements ReplayStore {
  readonly #writer: Writer;

  constructor(writer: Writer) {
    this.#writer = writer;
  }

  load(): Promise<readonly Replay[]> {
    return this.#writer.load<readonly Replay[]>("loadReplays");
  }

  put(replay: Replay): Promise<void> {
    return this.#writer.submit<void>({ do: "document", change: { do: "putReplay", replay } });
  }

  remove(id: string): Promise<void> {
    return this.#writer.submit<void>({ do: "document", change: { do: "removeReplay", id } });
  }
}
