/**
 * Stage 3 of 4: publish → dispatch → [attempt] → journal. An endpoint that is a program: run for each event without a
 * shell, with its templates filled in; exit status 0 delivers.
 */
import type { AttemptResult } from "../core/attempt.ts";
import { CommandFailure, commandLine } from "../core/command-line.ts";
import type { CommandSubject } from "../core/command-values.ts";
import type { Endpoint } from "../core/endpoint.ts";
import type { CommandSettings } from "../core/endpoint-command.ts";
import type { StoredEvent } from "../core/event.ts";
import type { Clock, Logger } from "../core/ports.ts";
import { decodeRequest } from "../core/received-request.ts";
import type { AllowedCommands } from "../platform/allowed-commands.ts";
import type { ProcessRunner, RunRequest, RunResult } from "../platform/process-runner.ts";
import { type AttemptHow, type EndpointKindPort, type MayBegin, notBegun, unexpectedFailure } from "./attempt.ts";
import { commandInput } from "./command-input.ts";
import type { LiveOutput } from "./live-output.ts";
import { unsent } from "./payload/content.ts";
import { failureOf, type Preparation } from "./payload/preparation.ts";
import { type RunOutcome, ran, runFailed, waitedTooLong, withoutOutput } from "./run-result.ts";
import type { RunSlots } from "./run-slots.ts";

export interface CommandKindOptions {
  readonly runner: Pick<ProcessRunner, "run">;
  readonly allowed: Pick<AllowedCommands, "find">;
  readonly preparation: Pick<Preparation, "event">;
  readonly output: LiveOutput;
  readonly slots: RunSlots;
  readonly clock: Clock;
  readonly logger: Pick<Logger, "error">;
  readonly mayBegin: MayBegin;
  /** The server's own environment. */
  readonly environment: Readonly<Record<string, string | undefined>>;
}

type Program = Omit<RunRequest, "timeoutMs" | "outputBytesMax" | "onOutput" | "signal">;

export class CommandKind implements EndpointKindPort {
  readonly #options: CommandKindOptions;
  /** Ends a run, or its waiting for its turn; and the id of its endpoint. */
  readonly #stops = new Map<AbortController, string>();
  #isClosed = false;

  constructor(options: CommandKindOptions) {
    this.#options = options;
  }

  async attempt(endpoint: Endpoint, event: StoredEvent, how: AttemptHow): Promise<AttemptResult> {
    const stop = new AbortController();
    if (this.#isClosed) stop.abort();
    this.#stops.set(stop, endpoint.id);
    try {
      return await this.#attemptUntil(stop.signal, endpoint, { event, how });
    } finally {
      this.#stops.delete(stop);
    }
  }

  async #attemptUntil(
    signal: AbortSignal,
    endpoint: Endpoint,
    { event, how }: { readonly event: StoredEvent; readonly how: AttemptHow },
  ): Promise<AttemptResult> {
    const { slots, preparation, mayBegin } = this.#options;
    const free = await slots.take(endpoint, endpoint.timeoutMs, signal);
    if (free === null) {
      return withoutOutput(signal.aborted ? this.#stopped(0) : waitedTooLong(endpoint.timeoutMs));
    }
    try {
      const prepared = await preparation.event(endpoint, event);
      if (prepared === null) return unsent(null, "The transform left the event out: nothing was run.");
      if (!mayBegin(how)) return notBegun;
      const request = event.request === null ? null : decodeRequest(event.request, event.data);
      return await this.#run(endpoint, { event: prepared, request, attempt: how.number }, signal);
    } catch (error) {
      if (error instanceof CommandFailure) return withoutOutput(runFailed("command", error.message, { isEcho: true }));
      const foreseen = failureOf(error);
      if (foreseen !== null) return foreseen;
      this.#options.logger.error({ err: error, endpoint: endpoint.id }, "A run met an unexpected error.");
      return unexpectedFailure;
    } finally {
      free();
    }
  }

  /** The endpoint was deleted: nobody else could end what runs for an hour. */
  drop({ id }: Endpoint): void {
    for (const [stop, endpointId] of this.#stops) if (endpointId === id) stop.abort();
  }

  /** Ends what runs, and begins nothing that waits. */
  close(): void {
    this.#isClosed = true;
    for (const stop of this.#stops.keys()) stop.abort();
  }

  async #run(endpoint: Endpoint, subject: CommandSubject, signal: AbortSignal): Promise<AttemptResult> {
    const { runner, output, clock } = this.#options;
    const { command, timeoutMs } = endpoint;
    if (command === null) throw new Error(`the endpoint ${endpoint.id} has no command`);
    const program = this.#program(command, subject);
    if (typeof program === "string") return withoutOutput(runFailed("spawn", program));
    const { id, type } = subject.event;
    const run = { eventId: id, eventType: type, attempt: subject.attempt, startedAtMs: clock.wallMs() };
    const written = output.begin(endpoint, run);
    const result = await runner.run({
      ...program,
      timeoutMs,
      outputBytesMax: 0,
      onOutput: (stream, bytes) => written.write(stream, bytes),
      signal,
    });
    return written.end(outcomeOf(result, timeoutMs) ?? this.#stopped(result.durationMs));
  }

  /** A sentence where it may not be run. */
  #program(command: CommandSettings, subject: CommandSubject): Program | string {
    const found = this.#options.allowed.find(command.program);
    if (!("path" in found)) return `${found.sentence}.`;
    return {
      program: found.path,
      calledAs: found.calledAs,
      ...commandLine(command, subject, this.#options.environment),
      workingDirectory: command.workingDirectory ?? "/",
      input: commandInput(command.input, subject),
    };
  }

  #stopped(durationMs: number): RunOutcome {
    return this.#isClosed
      ? runFailed("interrupted", "The server stopped before it had ended.", { durationMs })
      : runFailed("signal", "Its endpoint was deleted, and it was ended.", { durationMs });
  }
}

/** Null where we ended it. */
function outcomeOf(result: RunResult, timeoutMs: number): RunOutcome | null {
  const { durationMs, exitStatus } = result;
  switch (result.outcome) {
    case "exited":
      if (exitStatus === 0) return ran(durationMs, exitStatus);
      return runFailed("exit_status", `The program exited with status ${exitStatus}.`, {
        durationMs,
        status: exitStatus,
      });
    case "killed":
      return runFailed("signal", `The program was ended by ${result.signal}.`, { durationMs });
    case "timed_out":
      return runFailed("timeout", `It had not ended after ${timeoutMs} ms, and was ended.`, { durationMs });
    case "interrupted":
      return null;
    case "not_started":
      return runFailed("spawn", result.failure ?? "", { durationMs });
  }
}
