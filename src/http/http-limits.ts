import { limits } from "../core/limits.ts";

/** Limits of HTTP itself. Those of events and endpoints stand in `core/limits.ts`. */
export const httpLimits = {
  /** Request line and headers together; beyond it 431. */
  headerBytes: 16 * 1024,
  /** From the first byte of a request to the end of its headers. */
  headersTimeoutMs: 15_000,
  /** From the headers to the end of a body that is read whole. */
  bodyTimeoutMs: 60_000,
  /** Without a byte in either direction, while NDJSON is streamed, or an answer of the feed is not taken. */
  streamIdleMs: 60_000,
  /**
   * Answers of the feed that their clients have not taken, of all connections together. Beyond it, whoever has had one
   * for the longest is cut off.
   */
  untakenBytes: 256 * 1024 * 1024,
  /** Requests of one connection that wait for those before them to be answered. */
  pipelinedRequests: 16,
  /** An idle connection is kept this long: longer than load balancers usually wait, so that they close first. */
  keepAliveMs: 75_000,
  /** Connections beyond this are closed at once. */
  connections: 20_000,
  /** Bytes of a path parameter; longer ones are no address of ours. */
  pathParameterLength: Math.max(limits.eventIdLength, limits.tenantLength) * 3,
  /** Bytes of a JSON body that is not a publish request. */
  settingsBodyBytes: 256 * 1024,
  /** Objects and arrays of such a body within each other. */
  settingsBodyDepth: 64,
  /** A body that was refused unread is read and dropped up to this size, so that the connection can be used again. */
  droppedBodyBytes: 1024 * 1024,
  droppedBodyTimeoutMs: 10_000,
  /**
   * Answers to NDJSON that wait for a publisher who does not read them yet. Many clients read only after they have sent
   * everything; this is about 80,000 lines.
   */
  streamAnswerBytes: 8 * 1024 * 1024,
} as const;
