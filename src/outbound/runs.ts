/** What is run on this machine for events: programs and handlers, what they write, and their end. Part of stage 3. */
import { join } from "node:path";
import { type Handler, Handlers } from "../core/handler.ts";
import type { Clock, Logger } from "../core/ports.ts";
import { AllowedCommands } from "../platform/allowed-commands.ts";
import { ProcessRunner } from "../platform/process-runner.ts";
import type { Runnable } from "../registry/kind-check.ts";
import { isNotLost, type MayBegin } from "./attempt.ts";
import { CommandKind } from "./command-kind.ts";
import { HandlerKind } from "./handler-kind.ts";
import { LiveOutput } from "./live-output.ts";
import { Preparation, type PreparationOptions } from "./payload/preparation.ts";
import { RunSlots } from "./run-slots.ts";

/** What an app may be told of it. */
export interface RunSettings {
  /** Absolute paths of programs that endpoints may run, and of folders whose programs they may; none by default. */
  readonly allowCommands?: readonly string[];
  /** Code that endpoints of the kind `handler` call, by name. */
  readonly handlers?: Readonly<Record<string, Handler>>;
}

/** How long a program has to end by itself when the server closes, beyond the server's own grace. */
const closeGraceMs = 1000;

export class Runs {
  readonly handlers: Handlers;
  readonly output = new LiveOutput();
  readonly runner: ProcessRunner;
  readonly runnable: Runnable = {
    program: (name) => this.#allowed.find(name),
    hasHandler: (name) => this.handlers.has(name),
  };
  readonly #allowed: AllowedCommands;
  #kinds: { readonly command: CommandKind; readonly handler: HandlerKind } | null = null;

  /** Temporary files are beside the store, whose folder no other process uses; the system's where it has no folder. */
  constructor(
    settings: RunSettings & { readonly store: "memory" | { readonly folder: string } | { readonly url: string } },
  ) {
    const { store } = settings;
    this.handlers = new Handlers(settings.handlers);
    this.#allowed = new AllowedCommands(settings.allowCommands ?? []);
    this.runner = new ProcessRunner({
      folder: store === "memory" || !("folder" in store) ? null : join(store.folder, "runs"),
    });
  }

  /** The kinds of endpoint that run something. */
  kinds(parts: PreparationOptions & { readonly clock: Clock; readonly logger: Logger; readonly mayBegin?: MayBegin }): {
    readonly command: CommandKind;
    readonly handler: HandlerKind;
  } {
    const { clock, logger, mayBegin = isNotLost } = parts;
    const { handlers, output, runner } = this;
    for (const path of this.#allowed.missing()) {
      logger.warn({ path }, "Programs are allowed by a path that is not there: none of it runs until it is.");
    }
    const shared = { preparation: new Preparation(parts), output, slots: new RunSlots(), clock, logger, mayBegin };
    this.#kinds = {
      command: new CommandKind({ ...shared, runner, allowed: this.#allowed, environment: process.env }),
      handler: new HandlerKind({ ...shared, handlers }),
    };
    return this.#kinds;
  }

  /** Ends what runs: attempts are as if they had not been made. */
  async close(): Promise<void> {
    this.#kinds?.command.close();
    this.#kinds?.handler.close();
    await this.runner.close(closeGraceMs);
  }
}
