/** Which programs may be run: those that the operator named, and those in folders that he named. None by default. */
import { accessSync, constants, realpathSync, statSync } from "node:fs";
import { basename, join, sep } from "node:path";

export type AllowedProgram =
  | {
      /** The file itself, behind every link: what is to be started. */
      readonly path: string;
      /** As it was named, with its folder. */
      readonly calledAs: string;
    }
  | { readonly refusal: "not_allowed" | "not_found"; readonly sentence: string };

export class AllowedCommands {
  readonly #entries: readonly string[];

  /** Absolute paths of folders and programs. */
  constructor(entries: readonly string[]) {
    this.#entries = entries;
  }

  /** What was named and is not there: spelt wrong, or it comes later. */
  missing(): string[] {
    return this.#entries.filter((entry) => realPath(entry) === null);
  }

  /** Asked before each run as well: links and files may be others by then. */
  find(program: string): AllowedProgram {
    if (this.#entries.length === 0) return notAllowed("This server runs no programs");
    const candidates = program.startsWith("/") ? [program] : this.#placesOf(program);
    let found: AllowedProgram | null = null;
    for (const candidate of candidates) {
      const judged = this.#judge(candidate);
      if ("path" in judged) return judged;
      if (found === null || judged.refusal === "not_allowed") found = judged;
    }
    return found ?? notFound(`No allowed folder has a program \`${program}\``);
  }

  /** A bare name is an allowed program of that name, or one in an allowed folder. */
  #placesOf(name: string): string[] {
    return this.#entries.map((entry) => (basename(entry) === name ? entry : join(entry, name)));
  }

  #judge(program: string): AllowedProgram {
    const path = realPath(program);
    if (path === null) return notFound(`There is no program \`${program}\``);
    if (!this.#isAllowed(path)) {
      return notAllowed(
        path === program ? `\`${path}\` is not allowed` : `\`${program}\` is \`${path}\`, which is not allowed`,
      );
    }
    try {
      if (!statSync(path).isFile()) return notFound(`\`${program}\` is no file`);
      accessSync(path, constants.X_OK);
    } catch {
      return notFound(`\`${program}\` cannot be executed by the user that the server runs as`);
    }
    return { path, calledAs: program };
  }

  #isAllowed(path: string): boolean {
    return this.#entries.some((entry) => {
      const allowed = realPath(entry);
      return allowed !== null && (path === allowed || path.startsWith(allowed === sep ? sep : allowed + sep));
    });
  }
}

const notAllowed = (sentence: string): AllowedProgram => ({ refusal: "not_allowed", sentence });
const notFound = (sentence: string): AllowedProgram => ({ refusal: "not_found", sentence });

function realPath(path: string): string | null {
  try {
    return realpathSync.native(path);
  } catch {
    return null;
  }
}
