/**
 * Schemes that are declared and not written: how the signature looks, what is signed, where the rest stands. Nothing of
 * it is chosen by the request. Most presets are one; what an operator declares is another.
 */
import type { KeyObject } from "node:crypto";
import { limits } from "../../core/limits.ts";
import { type CustomScheme, type CustomSchemeInput, completeScheme } from "../../core/scheme.ts";
import { declaredSigner } from "./declared-signer.ts";
import {
  type CompiledScheme,
  compileScheme,
  foundSignatures,
  foundTime,
  signatureBytes,
  signedParts,
} from "./found-signatures.ts";
import { refusal } from "./refusal.ts";
import { RequestValues } from "./request-values.ts";
import type { Refusal, Scheme, SchemeFacts, SchemeRequest, Verdict, VerifyContext } from "./scheme.ts";
import { isAnySignature, isSameSecret, keyOf, keyRefusal } from "./signature-key.ts";
import { readTime, readTimeLoosely, timeRefusal } from "./signed-time.ts";

/** What a preset says of itself, beside how it signs. */
export interface DeclaredPreset
  extends Pick<Scheme, "name" | "title" | "documentation" | "secret" | "answerDeadlineMs">,
    Partial<Pick<Scheme, "settings" | "settingsRefusal" | "answer" | "handshake" | "signer" | "secretFrom">> {
  readonly custom: CustomSchemeInput;
  /** Beside what the key itself asks for. */
  readonly secretRefusal?: (text: string) => string | null;
  /** Where facts are not in one place. Given what was found in the places that are declared. */
  readonly facts?: (values: RequestValues, found: SchemeFacts) => SchemeFacts;
}

/** The name of a setting with the URL as the provider knows it, of schemes that sign one. */
export const urlSetting = {
  name: "url",
  description: "The URL as it is written at the provider, where that is not the source's public URL.",
  isRequired: false,
} as const;

/** Why the setting is no URL that a provider could have signed; null where it is one, or not given. */
export function urlRefusal({ url }: Readonly<Record<string, string>>): string | null {
  if (url === undefined || (/^https?:\/\//i.test(url) && URL.canParse(url))) return null;
  return "`url` is a whole URL, such as `https://hooks.example.com/in/shop`.";
}

export function declaredPreset(preset: DeclaredPreset): Scheme {
  const custom = completeScheme(preset.custom);
  const compiled = memo(() => compileScheme(custom));
  const { facts: further, secretRefusal } = preset;
  return {
    ...(custom.content.includes("{url}") && { settingsRefusal: urlRefusal }),
    settings: custom.content.includes("{url}") ? [urlSetting] : [],
    handshake: null,
    ...preset,
    signer: preset.signer ?? declaredSigner(custom),
    secretRefusal: (text) => keyRefusal(custom, text) ?? secretRefusal?.(text) ?? null,
    toleranceMs: custom.timestamp === null ? null : custom.toleranceMs,
    verify: (request, context) => verifyDeclared(compiled(), request, context),
    facts: (request) => {
      const values = new RequestValues(request);
      const found = declaredFacts(custom, values);
      return bounded(further === undefined ? found : further(values, found));
    },
    custom,
  };
}

/** A scheme of an operator's own. It must be one that `customRefusal` does not refuse. */
export const declaredScheme = (custom: CustomScheme): Scheme =>
  declaredPreset({
    name: "custom",
    title: "A scheme of one's own",
    documentation: "",
    secret: "The secret that the provider shows, or its public key.",
    // Perhaps: where it is the provider who makes it, it is given.
    secretFrom: "receiver",
    answerDeadlineMs: null,
    custom,
  });

export function verifyDeclared(compiled: CompiledScheme, request: SchemeRequest, context: VerifyContext): Verdict {
  const { custom } = compiled;
  const values = new RequestValues(request);
  const texts = foundSignatures(compiled, values);
  if ("ok" in texts) return texts;
  const early = compiled.isTimeInBody ? null : signedTime(compiled, values);
  if (early !== null && "ok" in early) return early;
  const verdict =
    custom.algorithm === "token"
      ? compareTokens(compiled, texts, context.secrets)
      : compareSignatures(compiled, texts, { values, time: early?.text ?? "", context });
  if (!verdict.ok) return verdict;
  const time = early ?? signedTime(compiled, values);
  if ("ok" in time) return time;
  if (custom.timestamp === null || time.ms === null) return verdict;
  const { nowMs, toleranceMs = custom.toleranceMs } = context;
  return timeRefusal(time.ms, custom.timestamp.unit, { nowMs, toleranceMs }) ?? verdict;
}

/** As it is written, and what it says; null where no time is signed. */
function signedTime(
  compiled: CompiledScheme,
  values: RequestValues,
): { readonly text: string; readonly ms: number | null } | Refusal {
  const text = foundTime(compiled, values);
  if (typeof text !== "string") return text;
  const { timestamp } = compiled.custom;
  if (timestamp === null) return { text, ms: null };
  const ms = readTime(text, timestamp.unit);
  return ms === null ? refusal("timestamp_malformed", `The signed time is not in ${timestamp.unit}.`) : { text, ms };
}

function compareSignatures(
  compiled: CompiledScheme,
  texts: readonly string[],
  { values, time, context }: { values: RequestValues; time: string; context: VerifyContext },
): Verdict {
  const signatures = signatureBytes(compiled, texts);
  if ("ok" in signatures) return signatures;
  const url = context.settings[urlSetting.name] ?? values.request.url;
  const parts = signedParts(compiled, values, { timestamp: time, url });
  if ("ok" in parts) return parts;
  return tryEach(context.secrets, (secret) => {
    const key = usableKey(compiled.custom, secret);
    return key === null ? null : isAnySignature(compiled.custom, key, { parts, signatures });
  });
}

function compareTokens(compiled: CompiledScheme, texts: readonly string[], secrets: readonly string[]): Verdict {
  const encoding = compiled.signature.kind === "header" ? "latin1" : "utf8";
  const given = texts.map((text) => Buffer.from(text, encoding));
  return tryEach(secrets, (secret) => {
    if (keyRefusal(compiled.custom, secret) !== null) return null;
    const wanted = Buffer.from(secret, "utf8");
    return given.filter((token) => isSameSecret(token, wanted)).length > 0;
  });
}

/** Every secret is tried, however soon one fits. An empty one is none: everybody has it. */
export function tryEach(secrets: readonly string[], isBy: (secret: string) => boolean | null): Verdict {
  if (secrets.length === 0) return refusal("secret_missing", "The source has no secret that is still good.");
  const found = secrets.map((secret) => (secret === "" ? null : isBy(secret)));
  const secret = found.indexOf(true);
  if (secret >= 0) return { ok: true, secret };
  if (found.every((one) => one === null)) return refusal("secret_unusable", "No secret of the source is one.");
  return refusal("signature_mismatch", "No signature is by one of the secrets.");
}

function usableKey(custom: CustomScheme, secret: string): KeyObject | null {
  try {
    return keyOf(custom, secret);
  } catch {
    return null;
  }
}

function declaredFacts({ id, type, occurredAt }: CustomScheme, values: RequestValues): SchemeFacts {
  const time = occurredAt === null ? null : values.one(occurredAt.place);
  return {
    deliveryId: id === null ? null : values.one(id),
    type: type === null ? null : values.one(type),
    occurredAtMs: time === null || occurredAt === null ? null : readTimeLoosely(time, occurredAt.unit),
  };
}

/** An id that is too long is none: cut, two could become one. */
function bounded({ deliveryId, type, occurredAtMs }: SchemeFacts): SchemeFacts {
  const isId = deliveryId !== null && deliveryId !== "" && deliveryId.length <= limits.deliveryIdLength;
  return {
    deliveryId: isId ? deliveryId : null,
    type: type === null || type === "" ? null : type.slice(0, limits.providerTypeLength),
    occurredAtMs,
  };
}

function memo<Value>(make: () => Value): () => Value {
  let made: Value | undefined;
  return () => {
    made ??= make();
    return made;
  };
}
