/**
 * Why a request was not believed: the usual mistakes are undone, and what the scheme says then is the answer. Beside
 * the flow: asked by people, after the fact.
 */
import type { Clock } from "../../core/ports.ts";
import { liveSecrets, type Source } from "../../core/source.ts";
import { schemeOf } from "../scheme-of.ts";
import { urlSetting, verifyDeclared } from "../schemes/declared.ts";
import { compileScheme, foundTime } from "../schemes/found-signatures.ts";
import { RequestValues } from "../schemes/request-values.ts";
import type { Refusal, Scheme, SchemeRequest, Verdict, VerifyContext } from "../schemes/scheme.ts";
import { readTime } from "../schemes/signed-time.ts";
import { bodyMistakes } from "./body-mistakes.ts";
import type { CauseCode } from "./causes.ts";
import { contentMistakes, expectedUrl, unitMistakes, urlMistakes } from "./content-mistakes.ts";
import type { Axis, Trial } from "./mistake.ts";
import { type SearchBounds, search } from "./search.ts";
import { type OtherSecrets, secretMistakes } from "./secret-mistakes.ts";
import { algorithmMistakes, signatureMistakes } from "./signature-mistakes.ts";

export interface Cause {
  readonly code: CauseCode;
  readonly sentence: string;
}

export interface Question {
  readonly source: Pick<Source, "scheme" | "secrets">;
  readonly request: SchemeRequest;
  /** When it came: the signed time is compared with that. */
  readonly receivedAtMs: number;
  readonly isBodyCut: boolean;
  readonly secretsOfOthers: OtherSecrets["ofSources"];
  readonly fetchText: VerifyContext["fetchText"];
  readonly clock: Pick<Clock, "steadyMs">;
  readonly bounds?: SearchBounds;
}

export interface Findings {
  /** None where no known mistake explains it. */
  readonly causes: readonly Cause[];
  readonly trials: number;
  /** False where time ended before everything was tried. */
  readonly isComplete: boolean;
  /** What should have been signed, of a scheme that signs URLs, where nothing explains it: it may be another. */
  readonly url?: string | null;
}

const defaultBounds: SearchBounds = { trials: 20_000, computingMs: 750 };
const ever = Number.MAX_SAFE_INTEGER;

/** What a refusal says by itself, where no mistake explains it better. A signature that does not match says nothing. */
const causeOfReason: Partial<Record<Refusal["reason"], CauseCode>> = {
  signature_missing: "signature_missing",
  signature_malformed: "signature_malformed",
  signature_repeated: "signature_repeated",
  timestamp_missing: "timestamp_missing",
  timestamp_malformed: "timestamp_malformed",
  secret_missing: "secret_missing",
  secret_unusable: "secret_unusable",
  certificate_refused: "certificate_refused",
  body_unreadable: "body_unreadable",
  handshake_refused: "handshake_refused",
  provider_unavailable: "provider_unavailable",
};

export async function diagnose(question: Question): Promise<Findings> {
  const { source, request, receivedAtMs, clock, bounds = defaultBounds } = question;
  const scheme = schemeOf(source.scheme);
  if (scheme === null) return found([{ code: "secret_unusable", sentence: "This version knows no such scheme." }]);
  const settings = "preset" in source.scheme ? source.scheme.settings : {};
  const secrets = liveSecrets(source.secrets, receivedAtMs).map(({ value }) => value);
  const custom = scheme.customOf?.(secrets[0] ?? "", settings) ?? scheme.custom;
  const base: Trial = { request, secrets, settings, custom };
  const verify = verifierOf(scheme, base, question);
  const verdict = await verify(base);
  if (verdict.ok) {
    return found([
      { code: "verifies_now", sentence: "It verifies by the source as it is now: something was changed." },
    ]);
  }
  const timing = timingCause(base, verdict, question);
  if (timing !== null) return found([timing]);
  if (question.isBodyCut && verdict.reason === "signature_mismatch") {
    return found([
      { code: "body_cut", sentence: "Only the beginning of its body was kept, so that nothing can be tried." },
    ]);
  }
  const isRight = async (trial: Trial): Promise<boolean> => (await verify(trial, ever)).ok;
  const result = await search({ base, axes: await axesOf(scheme, base, question), isRight, clock, bounds });
  const { mistakes, trial, trials, isComplete } = result;
  const causes: Cause[] = mistakes.map(({ code, sentence }) => ({ code, sentence }));
  if (trial !== null) {
    const again = await verify(trial);
    const late = again.ok ? null : timingCause(trial, again, question);
    return { causes: late === null ? causes : [...causes, late], trials, isComplete };
  }
  const code = causeOfReason[verdict.reason];
  const causesOfItself = code === undefined ? [] : [{ code, sentence: verdict.detail + besides(verdict, request) }];
  return { causes: causesOfItself, trials, isComplete, url: signsUrl(scheme, base) ? expectedUrl(base) : null };
}

const signsUrl = (scheme: Scheme, { custom }: Trial): boolean =>
  custom?.content.includes("{url}") ?? scheme.settings.some(({ name }) => name === urlSetting.name);

const found = (causes: readonly Cause[]): Findings => ({ causes, trials: 0, isComplete: true });

type Verify = (trial: Trial, toleranceMs?: number) => Verdict | Promise<Verdict>;

/** By the scheme itself, but where a mistake changed how it signs. */
function verifierOf(scheme: Scheme, base: Trial, { receivedAtMs, fetchText }: Question): Verify {
  return ({ request, secrets, settings, custom }, toleranceMs) => {
    const context: VerifyContext = {
      secrets,
      settings,
      nowMs: receivedAtMs,
      fetchText,
      ...(toleranceMs !== undefined && { toleranceMs }),
    };
    if (custom === null || custom === base.custom) return scheme.verify(request, context);
    return verifyDeclared(compileScheme(custom), request, context);
  };
}

async function axesOf(scheme: Scheme, base: Trial, question: Question): Promise<readonly Axis[]> {
  const { source, receivedAtMs, secretsOfOthers, isBodyCut } = question;
  const expired = source.secrets
    .filter(({ expiresAtMs }) => expiresAtMs !== null && expiresAtMs <= receivedAtMs)
    .map(({ value }) => value);
  return [
    secretMistakes(base, { expired, ofSources: secretsOfOthers }),
    signatureMistakes(base),
    unitMistakes(base),
    isBodyCut ? [] : await bodyMistakes(base.request),
    algorithmMistakes(
      base,
      scheme.settings.some(({ name }) => name === "algorithms"),
    ),
    signsUrl(scheme, base) ? urlMistakes(base) : [],
    contentMistakes(base),
  ];
}

/** Of a request whose signature is right and whose time is not; null where that is not what is wrong. */
function timingCause(
  { request, custom }: Trial,
  { reason, detail }: Refusal,
  { receivedAtMs }: Question,
): Cause | null {
  if (reason !== "timestamp_stale" && reason !== "timestamp_future") return null;
  if (custom !== null && custom.timestamp !== null) {
    const { unit } = custom.timestamp;
    const text = foundTime(compileScheme(custom), new RequestValues(request));
    const others = (["seconds", "milliseconds"] as const).filter((other) => other !== unit);
    const meant = others.find((other) => {
      const ms = typeof text === "string" ? readTime(text, other) : null;
      return ms !== null && Math.abs(ms - receivedAtMs) <= custom.toleranceMs;
    });
    if (meant !== undefined) {
      return {
        code: "timestamp_unit",
        sentence: `The signed time is written in ${meant}; the scheme's is in ${unit}.`,
      };
    }
  }
  return { code: "clock_skew", sentence: `The signature is right. ${detail}${zoneHint(detail)}` };
}

const halfHourSeconds = 1800;

/** A clock that is wrong by hours, to the minute, shows the time of another zone. */
function zoneHint(detail: string): string {
  const seconds = Number(/\d+/.exec(detail)?.[0] ?? 0);
  const offset = Math.abs(seconds - Math.round(seconds / halfHourSeconds) * halfHourSeconds);
  return seconds >= halfHourSeconds && seconds <= 14 * 3600 && offset <= 30
    ? " That is as much as between two time zones: the sender may sign its local time."
    : "";
}

/** Headers that look like signatures, where the one that is wanted is missing. */
function besides({ reason }: Refusal, { headers }: SchemeRequest): string {
  if (reason !== "signature_missing") return "";
  const names = headers.filter((name, index) => index % 2 === 0 && /signature|hmac|x-hub|token/i.test(name));
  const shown = [...new Set(names)].slice(0, 5).map((name) => `\`${name}\``);
  return shown.length === 0 ? "" : ` There is ${shown.join(", ")}.`;
}
