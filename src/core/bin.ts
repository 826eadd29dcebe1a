/** A bin: a throw-away source, whose requests are there to be looked at. Its events are of a tenant of its own. */

/** What whoever sends a request to a bin is answered, so many times. */
export interface BinAnswer {
  /** 200 to 599. */
  readonly status: number;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** How long the answer is held back. */
  readonly delayMs: number;
  /** Of the last one it says nothing: that is given from then on. */
  readonly times: number;
}

/** What a source that is a bin has beside the settings of all sources. */
export interface BinSettings {
  /** Whose bin it is. The source's own tenant has nothing but the bin's events. */
  readonly tenant: string;
  /** In turn, the last one from then on; none: 200 without a body. */
  readonly answers: readonly BinAnswer[];
  /** Pages of every origin may send, and read what is answered. */
  readonly cors: boolean;
  /** By the wall clock. From then on there is nothing. */
  readonly expiresAtMs: number;
  /** The log's head when it was made: its requests are beyond it. */
  readonly beganAt: number;
  /** The first request beyond this position is given the first answer. */
  readonly answersAfter: number;
  /** Requests up to this position are not shown. */
  readonly shownAfter: number;
  /** Of requests that are not shown: the ids of their events. */
  readonly hidden: readonly string[];
  /** By the id of the event. */
  readonly notes: Readonly<Record<string, string>>;
}

/** The tenant of a bin's events: no publisher, endpoint, consumer or key can be of it. */
export const binTenant = (id: string): string => `_${id}`;

export const isBinLive = ({ expiresAtMs }: Pick<BinSettings, "expiresAtMs">, nowMs: number): boolean =>
  nowMs < expiresAtMs;

/** What the request is answered that is the `ordinal`th of its sequence, which begins with 1; null where none is chosen. */
export function answerFor(answers: readonly BinAnswer[], ordinal: number): BinAnswer | null {
  let left = ordinal;
  for (const answer of answers) {
    left -= answer.times;
    if (left <= 0) return answer;
  }
  return answers.at(-1) ?? null;
}

export interface ShownRequest {
  readonly position: number;
  readonly id: string;
}

export const isShown = ({ shownAfter, hidden }: BinSettings, { position, id }: ShownRequest): boolean =>
  position > shownAfter && !hidden.includes(id);
