/** From the errors of the client library to what a person at a shell can do about them. */
import { clientVariables } from "../config/client-variables.ts";
import { TrotlineApiError } from "../sdk/api-error.ts";
import { TrotlineConnectionError } from "../sdk/connection-error.ts";
import type { Connection } from "./connection.ts";
import { adviceFor, ClientFailure } from "./failure-text.ts";

/** Errors of other kinds come back as they are. */
export function clientFailure(error: unknown, connection: Connection): unknown {
  if (error instanceof TrotlineApiError) return new ClientFailure(error.detail, adviceOf(error, connection), error);
  if (error instanceof TrotlineConnectionError) return connectionFailure(error, connection);
  return error;
}

function adviceOf(error: TrotlineApiError, connection: Connection): string[] {
  if (error.code === "unauthenticated") return [`${error.code}: ${keyAdvice(connection)}`];
  const field = error.field === null ? "" : ` (${error.field})`;
  const lines = [`${error.code}${field}: ${adviceFor(error.code)}`.replace(/: $/, "")];
  if (error.resume !== null) {
    const lost = error.lost === null ? "" : `, without the ${error.lost} events that are gone`;
    lines.push(`The log goes on at ${error.resume}${lost}.`);
  }
  if (error.status >= 500 && error.requestId !== null) lines.push(`The request was ${error.requestId}.`);
  return lines;
}

function keyAdvice({ key }: Connection): string {
  const where = `put it into ${clientVariables.key}, or name a file that holds it with --key-file`;
  return key === null
    ? `This server asks for a key, and none was given: ${where}.`
    : `This server does not know the key that was given: ${where}.`;
}

/** What the machine says, in words. */
const reasons: Readonly<Record<string, string>> = {
  ECONNREFUSED: "Nothing listens at",
  ENOTFOUND: "There is no machine of the name in",
  EAI_AGAIN: "No name server could be asked for the name in",
};

function connectionFailure(error: TrotlineConnectionError, { url }: Connection): ClientFailure {
  const code = codeOf(error);
  const reason = reasons[code ?? ""];
  const sentence =
    reason === undefined ? `No answer from ${url}: ${error.message}.`.replace(/\.\.$/, ".") : `${reason} ${url}.`;
  return new ClientFailure(
    sentence,
    [`Start a server there with \`trotline serve\`, or name another with --url or ${clientVariables.url}.`],
    error,
  );
}

/** Node's `fetch` hides the machine's error behind one or two others; of several addresses, each has its own. */
function codeOf(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  const { code } = error as NodeJS.ErrnoException;
  if (code !== undefined && code in reasons) return code;
  if (error instanceof AggregateError) return codeOf(error.errors[0]);
  return codeOf(error.cause);
}
