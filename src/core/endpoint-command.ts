/** What a program is given of an event: see `CommandSettings`. */
export const commandInputs = ["data", "body", "event", "none"] as const;
export type CommandInput = (typeof commandInputs)[number];

/** A program that is run for each event, without a shell. Its concurrency is the endpoint's `maxInFlight`. */
export interface CommandSettings {
  /** An absolute path, or a name that is looked for in the operator's path for commands. */
  readonly program: string;
  /** Templates of `command-template.ts`; each becomes one argument whatever it holds. */
  readonly arguments: readonly string[];
  /** Names and templates. Nothing else is in the environment but what is named in `inherit`. */
  readonly environment: Readonly<Record<string, string>>;
  /** Variables of the server's own environment that are passed on. */
  readonly inherit: readonly string[];
  /** What stands on its standard input: the data, the body as it was received, the whole event as JSON, or nothing. */
  readonly input: CommandInput;
  /** Variables that are set to the path of a temporary file, and what the file holds (a template). */
  readonly files: Readonly<Record<string, string>>;
  readonly workingDirectory: string | null;
}
