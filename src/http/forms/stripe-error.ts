/**
 * Errors as clients of Stripe's API know them. A request says that it is from one with `Stripe-Version`; its official
 * client library then throws the error that it has for the status, and reads `type`, `code` and `param` from the body.
 */
import { type ErrorCode, type ErrorExtras, errorCatalogue, TrotlineError } from "../../core/errors.ts";

/** Words of Stripe's that programs compare `code` with, for what the query of a list can have wrong. */
export type StripeCode =
  | "parameter_unknown"
  | "parameter_invalid_empty"
  | "parameter_invalid_integer"
  | "parameters_exclusive"
  | "resource_missing";

/** A refusal of the catalogue for which Stripe has a word of its own. */
export class StripeRefusal extends TrotlineError {
  readonly stripeCode: StripeCode;

  constructor(
    stripeCode: StripeCode,
    code: ErrorCode,
    { detail, ...extras }: ErrorExtras & { readonly detail: string },
  ) {
    super(code, detail, extras);
    this.stripeCode = stripeCode;
  }
}

interface Request {
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
}

/** True where the answer is to be as Stripe's would be. */
export const isStripeRequest = (request: Request): boolean => request.headers["stripe-version"] !== undefined;

/** What every answer to such a request carries: the version that was asked for, as it was. */
export function stripeHeaders(request: Request): Record<string, string> {
  const version = request.headers["stripe-version"];
  return typeof version === "string" && /^[\w.-]{1,64}$/.test(version) ? { "stripe-version": version } : {};
}

interface AnsweredProblem {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly requestId: string;
}

/** The same problem in Stripe's words. Its client retries what `stripe-should-retry` says, and nothing else. */
export function stripeProblem(error: TrotlineError, problem: AnsweredProblem) {
  const { status, requestId } = problem;
  const { field } = error.extras;
  const headers = {
    ...problem.headers,
    "content-type": "application/json; charset=utf-8",
    "request-id": requestId,
    "stripe-should-retry": String(errorCatalogue[error.code].retryable),
  };
  const body = JSON.stringify({
    error: {
      type: status >= 500 ? "api_error" : "invalid_request_error",
      code: stripeCode(error),
      message: error.message,
      param: field === undefined ? undefined : parameterName(field),
      request_id: requestId,
    },
  });
  return { status, headers, body };
}

function stripeCode(error: TrotlineError): string {
  if (error instanceof StripeRefusal) return error.stripeCode;
  return error.code.endsWith("-not-found") ? "resource_missing" : error.code;
}

/** A JSON pointer (`/data/id`) or a parameter's name, as Stripe writes it: `data[id]`. */
function parameterName(field: string): string {
  if (!field.startsWith("/")) return field;
  const [first = "", ...rest] = field.slice(1).split("/");
  return first + rest.map((part) => `[${part}]`).join("");
}
