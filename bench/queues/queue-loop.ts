/** What a job queue that sends webhooks is given. */

export interface QueueLoop {
  /** Of an empty database. */
  readonly url: string;
  readonly port: number;
  readonly path: string;
  readonly headers: Record<string, string>;
  readonly inFlight: number;
}

export interface QueueRound {
  readonly jobs: number;
  /** Added in one statement, as many as Trotline is published in one request. */
  readonly jobsPerBatch: number;
  readonly body: string;
}

/** What each of these workers answers. A type, and not an interface: a worker's commands are a record of functions. */
export type QueueCommands = {
  readonly open: (loop: QueueLoop) => Promise<void>;
  readonly run: (round: QueueRound) => Promise<{ readonly seconds: number }>;
};
