/** Which secrets of an endpoint sign, and how one takes over from another. */
import { type RetiringSecret, type SigningSettings, signaturesPerRequest } from "./endpoint-signing.ts";
import { limits } from "./limits.ts";
import { secretRefusal } from "./signing-secret.ts";

/** What an endpoint has of secrets. Every one of `secrets` signs; the first is the newest. */
export interface SecretHolder extends SigningSettings {
  readonly secrets: readonly string[];
}

type SecretChange = Pick<SecretHolder, "secrets" | "retiringSecrets">;

/** All that sign now, the newest first. */
export function activeSecrets(holder: SecretHolder, nowMs: number): readonly string[] {
  if (holder.retiringSecrets.length === 0) return holder.secrets;
  return [...holder.secrets, ...stillRetiring(holder, nowMs).map(({ secret }) => secret)];
}

export const stillRetiring = (holder: SigningSettings, nowMs: number): readonly RetiringSecret[] =>
  holder.retiringSecrets.filter(({ untilMs }) => untilMs > nowMs);

/**
 * A new newest secret; those before it sign until the grace ends, none of them longer than they would have. With the
 * newest secret itself, the grace of those before it ends then, sooner or later than it would have. Null where the
 * endpoint would have too many.
 */
export function rotated(
  holder: SecretHolder,
  { secret, graceMs, nowMs }: { secret: string; graceMs: number; nowMs: number },
): SecretChange | null {
  const endMs = nowMs + graceMs;
  const isSame = secret === holder.secrets[0];
  const replaced = holder.secrets.map((old) => ({ secret: old, sinceMs: nowMs, untilMs: endMs }));
  const earlier = stillRetiring(holder, nowMs).map((old) => ({
    ...old,
    ...((isSame || old.untilMs > endMs) && { sinceMs: nowMs, untilMs: endMs }),
  }));
  const retiringSecrets = [...replaced, ...earlier].filter((old) => old.secret !== secret && old.untilMs > nowMs);
  return retiringSecrets.length < limits.secretsPerEndpoint ? { secrets: [secret], retiringSecrets } : null;
}

/**
 * What is kept where the scheme changes and no secrets are given: those that fit it, as many as it takes. Where none
 * are left, one must be made.
 */
export function refitted(holder: SecretHolder): SecretChange {
  const places = signaturesPerRequest(holder.signing);
  const isFit = (secret: string): boolean => secretRefusal(holder.signing, secret) === null;
  const isKept = places !== "none" && holder.secrets.length > 0 && holder.secrets.every(isFit);
  if (!isKept) return { secrets: [], retiringSecrets: [] };
  return {
    secrets: places === "one" ? holder.secrets.slice(0, 1) : holder.secrets,
    retiringSecrets: holder.retiringSecrets.filter(({ secret }) => isFit(secret)),
  };
}

/**
 * As they are when a process starts at this time. A clock that says that a secret was replaced in the future was wrong
 * then or is now: the secret has its grace once more from here, and no longer.
 */
export const retiringAtStart = (retiring: readonly RetiringSecret[], nowMs: number): readonly RetiringSecret[] =>
  retiring.map((old) =>
    old.sinceMs <= nowMs ? old : { ...old, sinceMs: nowMs, untilMs: nowMs + old.untilMs - old.sinceMs },
  );

/** When the next secret ends; null where none does. */
export const nextEndMs = (holder: SigningSettings): number | null =>
  holder.retiringSecrets.length === 0 ? null : Math.min(...holder.retiringSecrets.map(({ untilMs }) => untilMs));
