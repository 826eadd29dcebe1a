/** The secrets of a source: which fit, how one takes over from another, and by what id they are told apart. */
import { TrotlineError } from "../core/errors.ts";
import { limits } from "../core/limits.ts";
import type { Random } from "../core/ports.ts";
import { liveSecrets, type Source, type SourceSecret } from "../core/source.ts";
import { sha256Hex } from "../platform/hmac.ts";
import type { KnownScheme } from "./source-check.ts";

export interface AddedSecret {
  readonly value: string;
  /** Null: it does not expire. */
  readonly expiresAtMs: number | null;
  /** How long those before it verify from now on; null where they go on as they were. */
  readonly graceMs: number | null;
}

const field = "/secret";

/** Told by the source's secrets alone, so that it is the same after a restart. */
export const secretId = (source: Pick<Source, "id">, { value }: SourceSecret): string =>
  `sec_${sha256Hex(`${source.id} ${value}`).slice(0, 16)}`;

/** Refuses with `secret-invalid`. */
export function checkSecret(scheme: KnownScheme | null, value: string): void {
  if (scheme === null || scheme.secret === null) {
    throw new TrotlineError("secret-invalid", "This scheme has no secret: leave it out.", { field });
  }
  const length = value.length > limits.sourceSecretLength;
  const refusal = length ? `It has more than ${limits.sourceSecretLength} characters.` : scheme.secretRefusal(value);
  if (refusal !== null) throw new TrotlineError("secret-invalid", refusal, { field });
}

/** One that the scheme takes. Refuses with `secret-invalid` where it is the provider who makes it. */
export function madeSecret(scheme: KnownScheme | null, random: Random): string {
  const isOurs = scheme !== null && scheme.secret !== null && scheme.secretFrom === "receiver";
  const made = isOurs ? (scheme.signer?.makeSecret((count) => random.bytes(count)) ?? null) : null;
  if (made !== null && made.secret === made.signingKey) return made.secret;
  const detail = `None can be made here. ${scheme?.secret ?? "This scheme has no secret."}`;
  throw new TrotlineError("secret-invalid", detail, { field });
}

/** A source that takes requests has something to verify them with. Refuses with `source-secret-missing`. */
export function requireSecret(source: Omit<Source, "number">, scheme: KnownScheme | null, nowMs: number): void {
  if (source.status !== "enabled" || scheme === null || scheme.secret === null) return;
  if (liveSecrets(source.secrets, nowMs).length > 0) return;
  const settings: Readonly<Record<string, string>> = "preset" in source.scheme ? source.scheme.settings : {};
  if (scheme.secretFrom === "handshake" && settings.handshake === "accept") return;
  throw new TrotlineError("source-secret-missing", `The source has no secret. ${scheme.secret}`, { field });
}

/**
 * With a new newest one; those before it verify for the grace, none of them longer than they would have. Null where
 * there would be too many.
 */
export function withSecret(
  secrets: readonly SourceSecret[],
  added: AddedSecret,
  nowMs: number,
): readonly SourceSecret[] | null {
  const { value, expiresAtMs, graceMs } = added;
  const endMs = graceMs === null ? Number.POSITIVE_INFINITY : nowMs + graceMs;
  const before = secrets
    .filter((secret) => secret.value !== value)
    .map((secret) => {
      const ends = Math.min(secret.expiresAtMs ?? Number.POSITIVE_INFINITY, endMs);
      return { ...secret, expiresAtMs: ends === Number.POSITIVE_INFINITY ? null : ends };
    });
  const next = [{ value, expiresAtMs }, ...liveSecrets(before, nowMs)];
  return next.length <= limits.secretsPerSource ? next : null;
}
