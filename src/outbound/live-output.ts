/** What programs and handlers write while they run: kept within bounds, and shown to whoever follows their endpoint. */
import type { AttemptResult } from "../core/attempt.ts";
import type { Endpoint } from "../core/endpoint.ts";
import { TrotlineError } from "../core/errors.ts";
import { limits } from "../core/limits.ts";
import { KeptOutput } from "../platform/kept-output.ts";
import type { OutputStream } from "../platform/running-process.ts";

/** One run, as those who follow it know it. */
export interface LiveRun {
  readonly eventId: string;
  readonly eventType: string;
  readonly attempt: number;
  readonly startedAtMs: number;
}

export interface OutputReader {
  started(run: LiveRun): void;
  wrote(run: LiveRun, stream: OutputStream, bytes: Uint8Array): void;
  ended(run: LiveRun, result: AttemptResult): void;
  /** Nothing more comes. */
  closed(): void;
}

interface Followed {
  readonly readers: Set<OutputReader>;
  readonly runs: Set<RunOutput>;
}

export class LiveOutput {
  readonly #byEndpoint = new Map<string, Followed>();
  #readers = 0;

  /** A run begins. */
  begin(endpoint: Endpoint, run: LiveRun): RunOutput {
    const followed = this.#of(endpoint.id);
    const output = new RunOutput(run, followed.readers, () => {
      followed.runs.delete(output);
      this.#forget(endpoint.id, followed);
    });
    followed.runs.add(output);
    for (const reader of followed.readers) reader.started(run);
    return output;
  }

  /**
   * Tells of what runs already, and of what comes, until what it answers is called. Refuses with `too-many-waiting`,
   * before `begin` is called.
   */
  follow(endpointId: string, reader: OutputReader, begin: () => void = () => {}): () => void {
    if (this.#readers >= limits.outputReaders) {
      const detail = `${limits.outputReaders} requests follow the output of programs already.`;
      throw new TrotlineError("too-many-waiting", detail, { retryAfterSeconds: 5 });
    }
    begin();
    this.#readers += 1;
    const followed = this.#of(endpointId);
    for (const { run, kept } of followed.runs) {
      reader.started(run);
      if (kept.written > 0) reader.wrote(run, "stdout", kept.bytes());
    }
    followed.readers.add(reader);
    return () => {
      if (!followed.readers.delete(reader)) return;
      this.#readers -= 1;
      this.#forget(endpointId, followed);
    };
  }

  close(): void {
    for (const { readers } of this.#byEndpoint.values()) for (const reader of readers) reader.closed();
  }

  #of(endpointId: string): Followed {
    let followed = this.#byEndpoint.get(endpointId);
    if (followed === undefined) {
      followed = { readers: new Set(), runs: new Set() };
      this.#byEndpoint.set(endpointId, followed);
    }
    return followed;
  }

  #forget(endpointId: string, { readers, runs }: Followed): void {
    if (readers.size === 0 && runs.size === 0) this.#byEndpoint.delete(endpointId);
  }
}

/** The output of one run. */
export class RunOutput {
  readonly run: LiveRun;
  readonly kept = new KeptOutput(limits.runOutputBytes);
  readonly #readers: ReadonlySet<OutputReader>;
  readonly #forget: () => void;
  #hasEnded = false;

  constructor(run: LiveRun, readers: ReadonlySet<OutputReader>, forget: () => void) {
    this.run = run;
    this.#readers = readers;
    this.#forget = forget;
  }

  write(stream: OutputStream, bytes: Uint8Array): void {
    if (this.#hasEnded) return;
    this.kept.add(bytes);
    for (const reader of this.#readers) reader.wrote(this.run, stream, bytes);
  }

  /** The result, with what was written. */
  end(result: Omit<AttemptResult, "responseBody" | "responseTruncated">): AttemptResult {
    this.#hasEnded = true;
    this.#forget();
    const { kept } = this;
    const whole = { ...result, responseBody: kept.bytes(), responseTruncated: kept.isTruncated };
    for (const reader of this.#readers) reader.ended(this.run, whole);
    return whole;
  }
}
