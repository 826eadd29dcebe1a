/** What an endpoint's settings must be for its kind: a URL, a program, or code of the embedding program. */
import type { Endpoint } from "../core/endpoint.ts";
import { commandRefusal } from "../core/endpoint-command.ts";
import type { EndpointKind } from "../core/endpoint-kind.ts";
import { successStatusRefusal } from "../core/endpoint-pace.ts";
import { TrotlineError } from "../core/errors.ts";
import { limits } from "../core/limits.ts";
import type { AllowedProgram } from "../platform/allowed-commands.ts";

/** What may be run on this machine. */
export interface Runnable {
  /** The program, where the operator allows it. */
  program(name: string): AllowedProgram;
  hasHandler(name: string): boolean;
}

/** Settings of deliveries over HTTP, and what the wire calls them. */
const httpSettings = {
  url: "url",
  headers: "headers",
  secrets: "secrets",
  signing: "signing",
  method: "method",
  format: "format",
  compression: "compression",
  batch: "batch",
  authorization: "authorization",
  tls: "tls",
  verification: "verification",
} as const satisfies Partial<Record<keyof Endpoint, string>>;

/** The one setting that says where deliveries of a kind go. */
const placeOf = { http: "url", command: "command", handler: "handler" } as const;

/**
 * `input`: what is set, of an endpoint of this kind. Refuses with `invalid-body`, `program-refused`, `handler-unknown`
 * and `commands-not-allowed`.
 */
export function checkKind(kind: EndpointKind, input: Partial<Endpoint>, runnable: Runnable): void {
  const isForeign = (name: string): boolean => input[name as keyof Endpoint] !== undefined;
  const foreign =
    kind === "http"
      ? ["command", "handler"].find(isForeign)
      : [...Object.keys(httpSettings), kind === "command" ? "handler" : "command"].find(isForeign);
  if (foreign !== undefined) {
    throw refused(`/${foreign}`, `\`${foreign}\` has no place in an endpoint of the kind \`${kind}\`.`);
  }
  checkTimes(kind, input);
  if (kind === "command" && input.command !== undefined) checkCommand(input.command, runnable);
  if (kind === "handler" && input.handler !== undefined) checkHandler(input.handler, runnable);
}

/** A new endpoint says where its deliveries go. */
export function requirePlace(kind: EndpointKind, input: Partial<Endpoint>): void {
  const place = placeOf[kind];
  const given = input[place];
  if (given !== undefined && given !== null) return;
  throw refused(`/${place}`, `\`${place}\` is missing; an endpoint of the kind \`${kind}\` needs it.`);
}

/** What an endpoint is, it remains: its cursor, its attempts and its retries are about that. */
export function requireSameKind(before: Endpoint, change: Partial<Endpoint>): void {
  if (change.kind === undefined || change.kind === before.kind) return;
  throw refused("/kind", `It is of the kind \`${before.kind}\`, and stays so; make another endpoint.`);
}

function checkTimes(kind: EndpointKind, { timeoutMs, successStatuses = [] }: Partial<Endpoint>): void {
  if (kind === "http" && timeoutMs !== undefined && timeoutMs > limits.timeoutMsMax) {
    throw refused("/timeout_ms", `\`timeout_ms\` is at most ${limits.timeoutMsMax} where deliveries go to a URL.`);
  }
  for (const [index, status] of successStatuses.entries()) {
    const refusal = successStatusRefusal(status, kind);
    if (refusal !== null) throw refused(`/success_statuses/${index}`, `It cannot deliver: ${refusal}.`);
  }
}

function checkCommand(command: Endpoint["command"], runnable: Runnable): void {
  if (command === null) return;
  const refusal = commandRefusal(command);
  if (refusal !== null) {
    const field = `/command${refusal.field}`;
    throw refused(field, `\`${field}\` ${refusal.sentence}.`);
  }
  const found = runnable.program(command.program);
  if ("path" in found) return;
  const code = found.refusal === "not_allowed" ? "commands-not-allowed" : "program-refused";
  throw new TrotlineError(code, `${found.sentence}.`, { field: "/command/program" });
}

function checkHandler(name: Endpoint["handler"], runnable: Runnable): void {
  if (name === null || runnable.hasHandler(name)) return;
  throw new TrotlineError("handler-unknown", `No handler is registered as \`${name}\`.`, { field: "/handler" });
}

const refused = (field: string, detail: string): TrotlineError => new TrotlineError("invalid-body", detail, { field });
