/** Runs what was accepted: the handler of every hook's lane. */
import { setTimeout as wait } from "node:timers/promises";
import type { HandlerErrorClass } from "../../core/handler.ts";
import type { KeptRequest } from "../../core/received-request.ts";
import type { RunResult } from "../../platform/process-runner.ts";
import type { Hook } from "../hooks-file/hook.ts";
import { readHookRequest } from "../hooks-file/request-values.ts";
import {
  giveUpMarginMs,
  type HookCommandOptions,
  type HookRun,
  type HookTask,
  problemOf,
  runHookCommand,
} from "./hook-command.ts";
import { arrivedRequest } from "./hook-events.ts";
import { attemptTimeoutMs } from "./hook-lanes.ts";
import type { AcceptedHook, HookQueue } from "./hook-queue.ts";
import type { LoadedHooks } from "./loaded-hooks.ts";

export interface HookRunsOptions extends HookCommandOptions {
  readonly queue: HookQueue;
  readonly hooks: LoadedHooks;
}

/** What a run came to, as the log of attempts is to keep it. */
export interface HookOutcome {
  /** Null where the command ended with 0. */
  readonly failure: { readonly errorClass: HandlerErrorClass; readonly sentence: string } | null;
  readonly exitStatus: number | null;
  readonly output: Uint8Array;
}

interface HookRunEvent {
  readonly id: string;
  readonly request: KeptRequest | null;
}

const noOutput = new Uint8Array(0);
/** A request whose hook no file has looks for it again after this. */
const lookAgainMs = 500;

export class HookRuns {
  readonly #options: HookRunsOptions;
  /** Ids of hooks of which the log says that requests wait for them. */
  readonly #missing = new Set<string>();

  constructor(options: HookRunsOptions) {
    this.#options = options;
  }

  /** Never rejects. */
  async run(event: HookRunEvent): Promise<HookOutcome> {
    const { queue } = this.#options;
    const accepted = queue.get(event.id);
    const task = accepted?.request ? { ...accepted, request: accepted.request } : await this.#fromLog(event, accepted);
    if (task === null) return failed("interrupted", "No hooks file has its hook.");
    if (typeof task === "string") return failed("handler", task);
    const run = await runHookCommand(task, this.#options);
    // Ended by us, it runs again at the next start: nobody is told that it has run.
    if (run.kind === "ran" && run.result.outcome === "interrupted") return failed("interrupted", "The server stops.");
    queue.remove(event.id);
    accepted?.ended(run);
    return outcomeOf(run);
  }

  /**
   * Where it is not in memory: by the hook that accepted it, or the one of today. Or why it cannot be run; null where
   * it has to wait for the next start.
   */
  async #fromLog({ id, request: kept }: HookRunEvent, accepted: AcceptedHook | undefined) {
    if (kept?.providerType === null || kept === null) return "It is no request to a hook.";
    const hook = accepted?.hook ?? (await this.#hookOfToday(kept.providerType));
    if (hook === null) return null;
    const read = readHookRequest(arrivedRequest(kept), hook, this.#options.allowed);
    if (!read.ok) return `The request cannot be read by the hook of today: ${read.message}`;
    return { hook, request: read.request, requestId: accepted?.requestId ?? id } satisfies HookTask;
  }

  /** A file that cannot be read for a while must not cost what was accepted before. Null where it takes too long. */
  async #hookOfToday(id: string): Promise<Hook | null> {
    const { hooks, log, timeoutMs } = this.#options;
    const untilMs = performance.now() + attemptTimeoutMs(timeoutMs) - giveUpMarginMs;
    for (;;) {
      const hook = hooks.match(id);
      if (hook !== undefined) {
        this.#missing.delete(id);
        return hook;
      }
      if (!this.#missing.has(id)) log.warn(`requests that were accepted wait for the hook ${id}: no file has it`);
      this.#missing.add(id);
      if (performance.now() >= untilMs) return null;
      await wait(lookAgainMs, undefined, { ref: false });
    }
  }
}

function outcomeOf(run: HookRun): HookOutcome {
  if (run.kind === "missing") return failed("spawn", run.problem);
  if (run.kind === "crash") return failed("command", run.problem);
  const { exitStatus, output, outcome } = run.result;
  const problem = problemOf(run.result);
  const failure = problem === null ? null : { errorClass: classes[outcome], sentence: problem };
  return { failure, exitStatus, output };
}

const classes: Readonly<Record<RunResult["outcome"], HandlerErrorClass>> = {
  exited: "exit_status",
  killed: "signal",
  timed_out: "timeout",
  interrupted: "interrupted",
  not_started: "spawn",
};

const failed = (errorClass: HandlerErrorClass, sentence: string): HookOutcome => ({
  failure: { errorClass, sentence },
  exitStatus: null,
  output: noOutput,
});
