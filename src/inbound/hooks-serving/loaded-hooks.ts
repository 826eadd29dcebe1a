/** The hooks that are served: those of each file, and what becomes of them when the file changes. */
import type { Hook } from "../hooks-file/hook.ts";
import type { HooksLog } from "./hooks-log.ts";

/** What reading a file came to. */
export type ReadHooks =
  | { readonly ok: true; readonly hooks: readonly Hook[]; readonly warnings: readonly string[] }
  /** `problems`: why none of its hooks is served, a sentence each. */
  | { readonly ok: false; readonly problems: readonly string[] };

export interface LoadedHooksOptions {
  readonly files: readonly string[];
  readonly read: (file: string) => Promise<ReadHooks>;
  readonly log: HooksLog;
}

/** Two files have hooks of one id: as there, nothing is served at all. */
export class DuplicateHookError extends Error {
  override readonly name = "DuplicateHookError";
}

const duplicateText = (id: string): string =>
  `error: hook with the id ${id} has already been loaded!\nplease check your hooks file for duplicate hooks ids!\n`;

export class LoadedHooks {
  readonly #options: LoadedHooksOptions;
  readonly #byFile = new Map<string, readonly Hook[]>();
  /** One change after the other. */
  #last: Promise<unknown> = Promise.resolve();

  constructor(options: LoadedHooksOptions) {
    this.#options = options;
  }

  /** Undefined where no file has a hook of this id. Of one id in one file, the first. */
  match(id: string): Hook | undefined {
    for (const hooks of this.#byFile.values()) {
      const hook = hooks.find((candidate) => candidate.id === id);
      if (hook !== undefined) return hook;
    }
    return undefined;
  }

  get count(): number {
    let count = 0;
    for (const hooks of this.#byFile.values()) count += hooks.length;
    return count;
  }

  /** At the start. Answers the problems of files that were not loaded; rejects where two files have the same id. */
  loadAll(): Promise<readonly string[]> {
    return this.#inTurn(() => this.#loadAll());
  }

  async #loadAll(): Promise<readonly string[]> {
    const problems: string[] = [];
    for (const file of this.#options.files) {
      const { log } = this.#options;
      log.say(`attempting to load hooks from ${file}`);
      const read = await this.#options.read(file);
      if (!read.ok) {
        log.say(`couldn't load hooks from file! ${read.problems.join("\n")}`);
        problems.push(...read.problems);
        continue;
      }
      this.#sayRead(read.hooks, read.warnings);
      for (const { id } of read.hooks) {
        if (this.match(id) !== undefined) throw new DuplicateHookError(duplicateText(id));
        log.say(`\tloaded: ${id}`);
      }
      this.#byFile.set(file, read.hooks);
    }
    return problems;
  }

  async reloadAll(): Promise<void> {
    for (const file of this.#options.files) await this.reload(file);
  }

  /** What cannot be loaded leaves the hooks of the file as they were. */
  reload(file: string): Promise<void> {
    return this.#inTurn(() => this.#reload(file));
  }

  /** The file is gone. */
  remove(file: string): Promise<void> {
    return this.#inTurn(async () => {
      const hooks = this.#byFile.get(file);
      if (hooks === undefined) return;
      for (const { id } of hooks) this.#options.log.say(`\tremoving: ${id}`);
      this.#byFile.delete(file);
      this.#options.log.warn(`removed ${hooks.length} hook(s) that were loaded from file ${file}`);
    });
  }

  #inTurn<Result>(change: () => Promise<Result>): Promise<Result> {
    const done = this.#last.then(change, change);
    this.#last = done;
    return done;
  }

  async #reload(file: string): Promise<void> {
    const { log } = this.#options;
    log.say(`attempting to reload hooks from ${file}`);
    const read = await this.#options.read(file);
    if (!read.ok) {
      log.warn(`couldn't load hooks from file! ${read.problems.join("\n")}`);
      return;
    }
    this.#sayRead(read.hooks, read.warnings);
    const seen = new Set<string>();
    for (const { id } of read.hooks) {
      if (seen.has(id) || this.#isInAnother(id, file)) {
        log.warn(duplicateText(id));
        log.warn("reverting hooks back to the previous configuration");
        return;
      }
      seen.add(id);
      log.say(`\tloaded: ${id}`);
    }
    this.#byFile.set(file, read.hooks);
  }

  #sayRead(hooks: readonly Hook[], warnings: readonly string[]): void {
    this.#options.log.say(`found ${hooks.length} hook(s) in file`);
    for (const warning of warnings) this.#options.log.warn(warning);
  }

  #isInAnother(id: string, file: string): boolean {
    return [...this.#byFile].some(([other, hooks]) => other !== file && hooks.some((hook) => hook.id === id));
  }
}
