/** Diagnoses of what sources did not take, as they travel. */
import type { RejectionCode } from "./wire-sources.ts";

export type DiagnosisCode =
  | "body_reserialised"
  | "body_newline"
  | "body_line_endings"
  | "body_bom"
  | "body_form_reencoded"
  | "body_compressed"
  | "body_charset"
  | "body_not_signed"
  | "body_unreadable"
  | "body_cut"
  | "signature_missing"
  | "signature_renamed"
  | "signature_repeated"
  | "signature_malformed"
  | "signature_encoding"
  | "signature_case"
  | "signature_prefix"
  | "signature_spaced"
  | "algorithm_other"
  | "content_other"
  | "secret_spaced"
  | "secret_encoding"
  | "secret_unset"
  | "secret_expired"
  | "secret_of_other_source"
  | "secret_missing"
  | "secret_unusable"
  | "url_host"
  | "url_port"
  | "url_protocol"
  | "url_path"
  | "url_query"
  | "timestamp_missing"
  | "timestamp_malformed"
  | "timestamp_unit"
  | "clock_skew"
  | "certificate_refused"
  | "provider_unavailable"
  | "handshake_refused"
  | "verifies_now"
  | "not_rejected"
  | "too_large"
  | "ip_not_allowed"
  | "source_paused"
  | "method_not_allowed"
  | "rate_limited"
  | "overloaded"
  | "store_unavailable";

export interface DiagnosisCause {
  readonly code: DiagnosisCode;
  /** What was found. */
  readonly sentence: string;
  /** What to do about it. */
  readonly advice: string;
}

/** Why a request was rejected. */
export interface Diagnosis {
  readonly receipt_id: string;
  /** The source's name. */
  readonly source: string;
  readonly code: RejectionCode | null;
  /** False where no known mistake explains it. */
  readonly explained: boolean;
  readonly summary: string;
  /** All of them together explain it. */
  readonly causes: readonly DiagnosisCause[];
  /** Only the beginning of the body was kept, so that less can be tried. */
  readonly body_truncated: boolean;
  /** Mistakes that were undone, to see whether it verifies then. */
  readonly trials: number;
  /** False where time ended before all were tried. */
  readonly complete: boolean;
}
