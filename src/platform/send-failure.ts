/** From whatever the network threw to a class that is counted and a sentence that a tenant may read. */
import type { ErrorClass } from "../core/attempt.ts";
import { ProxyRefusal } from "./egress-proxy.ts";
import { ConnectFailure } from "./guarded-connect.ts";
import type { Answer } from "./response-parser.ts";

export interface SendFailure {
  readonly errorClass: ErrorClass;
  /** Ours, never the system's: that one names addresses inside the operator's network. */
  readonly errorDetail: string;
}

const failure = (errorClass: ErrorClass, errorDetail: string): SendFailure => ({ errorClass, errorDetail });

const tlsSentences: Readonly<Record<string, string>> = {
  CERT_HAS_EXPIRED: "The receiver's certificate has expired.",
  CERT_NOT_YET_VALID: "The receiver's certificate is not valid yet.",
  CERT_REVOKED: "The receiver's certificate was revoked.",
  DEPTH_ZERO_SELF_SIGNED_CERT: "The receiver's certificate is self-signed.",
  SELF_SIGNED_CERT_IN_CHAIN: "The receiver's certificate chain ends in a certificate that is not trusted.",
  UNABLE_TO_GET_ISSUER_CERT: "The receiver's certificate chain is not trusted.",
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: "The receiver's certificate chain is incomplete or not trusted.",
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: "The receiver does not send its intermediate certificates.",
  ERR_TLS_CERT_ALTNAME_INVALID: "The receiver's certificate is for another host name.",
  ERR_SSL_WRONG_VERSION_NUMBER: "The receiver does not speak TLS on this port.",
  ERR_SSL_PACKET_LENGTH_TOO_LONG: "The receiver does not speak TLS on this port.",
  EPROTO: "The receiver does not speak TLS on this port, or no version that is safe.",
  ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED: "The receiver asks for a certificate, and the endpoint has none.",
  ERR_SSL_TLSV1_ALERT_UNKNOWN_CA: "The receiver does not trust the endpoint's certificate.",
  ERR_SSL_SSLV3_ALERT_BAD_CERTIFICATE: "The receiver refused the endpoint's certificate.",
  ERR_SSL_SSLV3_ALERT_CERTIFICATE_EXPIRED: "The receiver finds that the endpoint's certificate has expired.",
  ERR_SSL_SSLV3_ALERT_CERTIFICATE_UNKNOWN: "The receiver refused the endpoint's certificate.",
  ERR_SSL_SSLV3_ALERT_HANDSHAKE_FAILURE: "The receiver refused the handshake; it may ask for a certificate.",
};

const networkFailures: Readonly<Record<string, SendFailure>> = {
  ECONNREFUSED: failure("connection_refused", "The receiver refused the connection."),
  ECONNRESET: failure("connection_reset", "The receiver reset the connection."),
  EPIPE: failure("connection_reset", "The receiver closed the connection while the request was being sent."),
  ETIMEDOUT: failure("timeout", "The network reported that the receiver does not answer."),
  EHOSTUNREACH: failure("connection_failed", "There is no route to the receiver."),
  ENETUNREACH: failure("connection_failed", "There is no route to the receiver's network."),
  EADDRNOTAVAIL: failure("connection_failed", "No local port or address was free to connect from."),
  EMFILE: failure("connection_failed", "This server has no file descriptor left for a connection."),
  ENFILE: failure("connection_failed", "This server has no file descriptor left for a connection."),
};

/** The receiver closed its side of the connection. */
export class ClosedByPeer extends Error {}

/** What an error of `GuardedConnector` or of the socket means. */
export function failureOf(error: unknown): SendFailure {
  if (error instanceof ConnectFailure) return connectFailure(error);
  if (error instanceof ClosedByPeer) return closedFailure;
  const code = codeOf(error);
  // By TLS 1.3 a receiver judges our certificate after the handshake has ended for us.
  if (code.startsWith("ERR_SSL_")) return tlsFailure(code);
  return (
    networkFailures[code] ?? failure("connection_failed", `The connection failed${code === "" ? "" : ` (${code})`}.`)
  );
}

const closedFailure = failure("connection_reset", "The receiver closed the connection without an answer.");

/** What is wrong with an answer whose headers cannot be taken. */
export const answerFailure = (answer: Answer): SendFailure => answerFailures[answer] ?? malformedFailure;

const malformedFailure = failure("bad_response", "The answer is not HTTP/1.1.");

const answerFailures: { readonly [answer in Answer]?: SendFailure } = {
  "headers-too-large": failure("bad_response", "The headers of the answer are too large."),
  unasked: failure("bad_response", "The receiver sent 100 Continue or an upgrade that was not asked for."),
  interim: failure("bad_response", "The receiver sent too many interim answers."),
};

export const unbuiltFailure = failure(
  "connection_failed",
  "The request cannot be built: its URL or one of its headers does not fit HTTP.",
);

export const timeoutFailure = (timeoutMs: number, stage: "connecting" | "waiting" | "answer"): SendFailure => {
  const unmet = {
    waiting: "No connection to the receiver became free",
    connecting: "No connection to the receiver could be made",
    answer: "The receiver did not answer",
  }[stage];
  return failure("timeout", `${unmet} within ${timeoutMs} ms.`);
};

export const interruptedFailure = failure("interrupted", "The attempt was ended before the receiver answered.");

export const refusedFailure = (clause: string): SendFailure =>
  failure("address_refused", `The receiver's address may not be sent to: ${clause}.`);

export const statusFailure = (status: number): SendFailure =>
  failure(
    "http_status",
    status >= 300 && status < 400
      ? `The receiver answered ${status}; redirects are not followed.`
      : `The receiver answered ${status}.`,
  );

/**
 * Whether an error is what a request meets that was written to an idle connection while the receiver was closing it.
 */
export function isClosedByPeer(error: unknown): boolean {
  const code = codeOf(error);
  return error instanceof ClosedByPeer || code === "ECONNRESET" || code === "EPIPE";
}

function connectFailure({ phase, cause }: ConnectFailure): SendFailure {
  const code = codeOf(cause);
  if (phase === "address") return refusedFailure(String(cause));
  if (phase === "dns") {
    const passing = code === "EAI_AGAIN" || code === "ETIMEOUT" || code === "ESERVFAIL";
    return failure(
      "dns",
      passing ? "The receiver's name could not be resolved just now." : "The receiver's name has no address.",
    );
  }
  if (phase === "tls") {
    if (code === "ECONNRESET") return failure("tls", "The receiver closed the connection in the TLS handshake.");
    return tlsFailure(code);
  }
  if (phase === "proxy") return proxyFailure(cause);
  return (
    networkFailures[code] ?? failure("connection_failed", `The connection failed${code === "" ? "" : ` (${code})`}.`)
  );
}

const tlsFailure = (code: string): SendFailure =>
  failure("tls", tlsSentences[code] ?? `The TLS handshake failed${code === "" ? "" : ` (${code})`}.`);

/** Says nothing of where the operator's proxy is. */
function proxyFailure(cause: unknown): SendFailure {
  if (!(cause instanceof ProxyRefusal)) {
    return failure("proxy", "The egress proxy could not be connected to, or closed the connection.");
  }
  const { status } = cause;
  if (status === 407) return proxyCredentialsFailure;
  return failure(
    "proxy",
    status === null
      ? "The egress proxy did not answer as one."
      : `The egress proxy did not connect to the receiver: it answered ${status}.`,
  );
}

export const proxyCredentialsFailure = failure(
  "proxy",
  "The egress proxy asks for credentials, or for other ones (407).",
);

function codeOf(error: unknown): string {
  const code = (error as { code?: unknown } | null)?.code;
  return typeof code === "string" ? code : "";
}
