/** What changed of what is configured, by whatever process, for one that has it in memory. */
import type { Database } from "./database.ts";

export interface ConfigurationChange {
  readonly sequence: number;
  readonly kind: "endpoint" | "source" | "key" | "consumer" | "replay" | "event_type";
  /** A number, an id or a name; of a consumer `tenant name`. */
  readonly key: string;
}

export interface ConfigurationNews {
  /** In the order of commits; this process's own are among them. */
  readonly changes: readonly ConfigurationChange[];
  /**
   * False: some are not known any more, because they were too many, or because the database was put back to an older
   * copy. Everything is to be loaded again.
   */
  readonly isComplete: boolean;
}

/** Asked every so often; each answer is small, and most are empty. */
export class ConfigurationChanges {
  readonly #database: Pick<Database, "run">;
  #seen: number;

  private constructor(database: Pick<Database, "run">, seen: number) {
    this.#database = database;
    this.#seen = seen;
  }

  /**
   * From here on. To be made before everything is loaded: what changes meanwhile is told then, at worst once too often.
   */
  static async begin(database: Pick<Database, "run">): Promise<ConfigurationChanges> {
    const [row] = await database.run("changes-head");
    return new ConfigurationChanges(database, row?.sequence as number);
  }

  /** What came since the last poll that was answered. */
  async poll(): Promise<ConfigurationNews> {
    const seen = this.#seen;
    const rows = await this.#database.run("changes-since", [seen]);
    const head = rows[0]?.head as number;
    const changes = rows.filter(({ sequence }) => sequence !== null) as unknown as ConfigurationChange[];
    this.#seen = head;
    return {
      changes: changes.map(({ sequence, kind, key }) => ({ sequence, kind, key })),
      // Sequences have no gap.
      isComplete: changes.length === head - seen,
    };
  }
}
