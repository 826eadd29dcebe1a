/** What an endpoint's settings of authentication must fit, together with the rest of it. */
import { type Endpoint, urlRefusal } from "../core/endpoint.ts";
import { authorizationRefusal, needsVerification } from "../core/endpoint-reach.ts";
import { TrotlineError } from "../core/errors.ts";
import { tlsRefusal } from "../platform/tls-material.ts";

interface Surroundings {
  readonly addressRefusal: (host: string) => string | null;
  readonly nowMs: number;
}

export const changesReach = (change: Partial<Endpoint>): boolean =>
  change.headers !== undefined || change.authorization !== undefined || change.tls !== undefined;

/** Refuses with `invalid-body`, `header-refused`, `url-refused` and `tls-invalid`. Looks at what changes only. */
export function checkReach(
  endpoint: Pick<Endpoint, "headers" | "authorization" | "tls">,
  change: Partial<Endpoint>,
  surroundings: Surroundings,
): void {
  const { headers, authorization, tls } = endpoint;
  const name = Object.keys(headers).find((header) => header.toLowerCase() === "authorization");
  if (authorization !== null && name !== undefined) {
    const detail = `\`${name}\` is what \`authorization\` sends; set one of both.`;
    throw new TrotlineError("header-refused", detail, { field: `/headers/${name}` });
  }
  if (authorization !== null && change.authorization !== undefined) {
    const refusal = authorizationRefusal(authorization);
    if (refusal !== null) {
      const field = `/authorization/${refusal.member}`;
      throw new TrotlineError("invalid-body", `\`${field}\` ${refusal.sentence}.`, { field });
    }
    if (authorization.type === "oauth2") checkTokenUrl(authorization.tokenUrl, surroundings);
  }
  // Material that has expired since it was set must not keep its endpoint from being changed otherwise.
  if (tls !== null && change.tls !== undefined) {
    const refusal = tlsRefusal(tls, surroundings.nowMs);
    if (refusal === null) return;
    const field = refusal.member === null ? "/tls" : `/tls/${refusal.member}`;
    throw new TrotlineError("tls-invalid", `\`${field}\` ${refusal.sentence}.`, { field });
  }
}

/**
 * Refuses with `endpoint-unverified` what two changes at once would make together and no receiver agreed to: the one
 * has another URL, the other asks for verification. `asked` is what the change was to come to when it was asked for.
 */
export function requireAgreement(before: Endpoint, { asked, after }: { asked: Endpoint; after: Endpoint }): void {
  if (!needsVerification(before, after) || !needsVerification(asked, after)) return;
  const detail = "Its URL or verification was changed otherwise in the meantime; nobody was asked about both.";
  throw new TrotlineError("endpoint-unverified", detail, { field: "/url" });
}

function checkTokenUrl(text: string, { addressRefusal }: Surroundings): void {
  const parsed = URL.parse(text);
  const refusal = urlRefusal(text, parsed) ?? addressRefusal(parsed?.hostname ?? "");
  if (refusal === null) return;
  throw new TrotlineError("url-refused", `The token URL is refused: ${refusal}.`, {
    field: "/authorization/token_url",
  });
}
