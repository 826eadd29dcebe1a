/** The shapes of programs that endpoints run, as they travel; see `wire.ts`. */

/** `data`: the event's data. `body`: the request as it was received. `event`: the whole event as JSON. */
export type CommandInput = "data" | "body" | "event" | "none";

export interface NewCommand {
  /** An absolute path, or the name of a program in a folder that the operator allows. */
  readonly program: string;
  /** Templates (docs/commands.md); each becomes one argument whatever it holds. */
  readonly arguments?: readonly string[];
  /** Variables and templates. */
  readonly environment?: Readonly<Record<string, string>>;
  /** Variables of the server's own environment that are passed on. */
  readonly inherit?: readonly string[];
  /** What is on its standard input; `data` where absent. */
  readonly input?: CommandInput;
  /** Variables that are set to the path of a temporary file, and a template of what it holds. */
  readonly files?: Readonly<Record<string, string>>;
  /** An absolute path; null: `/`. */
  readonly working_directory?: string | null;
}

/** A program that is run for each event, without a shell. */
export interface Command {
  readonly program: string;
  readonly arguments: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  readonly inherit: readonly string[];
  readonly input: CommandInput;
  readonly files: Readonly<Record<string, string>>;
  readonly working_directory: string | null;
}
