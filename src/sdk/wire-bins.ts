/** Bins, as they travel: throw-away URLs, and what came to them. */
import type { ErrorClass } from "./wire-error-class.ts";

export interface NewBinAnswer {
  /** 200 to 599. */
  readonly status: number;
  /** Those that act on more than the answer are refused. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Plain text, unless the headers say else. */
  readonly body?: string;
  /** How long it is held back. */
  readonly delay_ms?: number;
  /** How often it is given, before the next one; the last is given from then on. */
  readonly times?: number;
}

export interface BinAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly delay_ms: number;
  readonly times: number;
}

/** Members that are absent stay as they are; `answer` is replaced whole, and begins anew. */
export interface BinChange {
  readonly description?: string;
  /** One answer, or a sequence of them; null: 200 without a body. */
  readonly answer?: NewBinAnswer | readonly NewBinAnswer[] | null;
  /** Pages of every origin may send, and read what is answered. */
  readonly cors?: boolean;
  /** From now on; seven days where a new bin does not say. */
  readonly expires_in_ms?: number;
}

export interface NewBin extends BinChange {
  readonly tenant?: string;
}

/** A throw-away URL to look at requests. */
export interface Bin {
  readonly id: string;
  /** In its URL; nobody guesses it. */
  readonly name: string;
  /** Where to send; a path where the server does not know where it is reached. */
  readonly url: string;
  readonly tenant: string;
  readonly description: string;
  /** In turn; none: 200 without a body. */
  readonly answer: readonly BinAnswer[];
  readonly cors: boolean;
  readonly expires_at: string;
  readonly created_at: string;
  readonly updated_at: string;
}

export interface BinWithCounts extends Bin {
  /** That it has taken, those not shown among them. */
  readonly requests: number;
  readonly bytes: number;
  /** Requests since the sequence of answers began. */
  readonly answered: number;
}

/** What a request was answered. */
export interface BinAnswered {
  /** Its place in the sequence, from 1. */
  readonly number: number;
  readonly status: number;
  readonly delay_ms: number;
}

export interface BinRequestSummary {
  readonly id: string;
  /** Its place among the requests. */
  readonly cursor: string;
  readonly method: string;
  /** Path and query, as in the request line. */
  readonly target: string;
  /** Path and query below the bin's own. */
  readonly path: string;
  readonly address: string;
  readonly protocol: "http" | "https";
  readonly received_at: string;
  readonly content_type: string | null;
  readonly body_bytes: number;
  readonly note: string | null;
  /** Null where the sequence began anew since. */
  readonly answered: BinAnswered | null;
}

export interface BinRequestPage {
  readonly data: readonly BinRequestSummary[];
  /** `before`, or `after`, of the next page. */
  readonly next_cursor: string;
  readonly has_more: boolean;
  /** `after`, to be told of what comes from now on. */
  readonly live_cursor: string;
}

export type BodyKind = "empty" | "json" | "form" | "multipart" | "xml" | "text" | "binary";

export interface BinRequest extends BinRequestSummary {
  /** Name and value, in order and as often as they came; nothing is hidden. */
  readonly headers: readonly string[][];
  readonly query: readonly string[][];
  readonly kind: BodyKind;
  /** Where it is UTF-8. */
  readonly body?: string;
  /** Where it is not UTF-8. */
  readonly body_base64?: string;
  readonly body_truncated: boolean;
  /** Of a form, multipart or XML: what is in it. */
  readonly parsed?: unknown;
}

export interface BinNote {
  /** Empty: none. */
  readonly text: string;
}

export interface BinForward {
  /** The path below the bin's own, and the query, are put behind it. */
  readonly url: string;
}

/** What came of a request that was sent to another URL. */
export interface BinForwarded {
  readonly url: string;
  /** Null where no answer came. */
  readonly status: number | null;
  /** Some of the answer's. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly body_base64?: string;
  readonly body_truncated: boolean;
  readonly duration_ms: number;
  /** Null where the answer was 2xx. */
  readonly error_class: ErrorClass | null;
  readonly error_detail: string | null;
}
