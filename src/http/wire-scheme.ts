/** Schemes between their JSON and the noun. */
import { TrotlineError } from "../core/errors.ts";
import { type CustomScheme, type CustomSchemeInput, completeScheme, type SchemeChoice } from "../core/scheme.ts";
import type { Scheme } from "../inbound/schemes/scheme.ts";
import { testEventsOf } from "../inbound/source-test.ts";
import type { KnownScheme } from "../registry/source-check.ts";
import type { NewSchemeChoiceBody, SchemeBody, SchemeChoiceBody } from "./schemas/scheme.ts";

/** Refuses with `invalid-body` what is not exactly one of the three. */
export function schemeInput(body: NewSchemeChoiceBody): SchemeChoice {
  const { preset, settings, custom, unverified } = body;
  const said = [preset, custom, unverified].filter((one) => one !== undefined).length;
  if (said !== 1) throw refused("", "`scheme` has exactly one of `preset`, `custom` and `unverified`.");
  if (preset === undefined && settings !== undefined) throw refused("/settings", "`settings` go with a `preset`.");
  if (preset !== undefined) return { preset, settings: settings ?? {} };
  if (custom !== undefined) return { custom: completeScheme(customInput(custom)) };
  if (unverified !== true) throw refused("/unverified", "`unverified` is true, or absent.");
  return { unverified };
}

const refused = (pointer: string, detail: string): TrotlineError =>
  new TrotlineError("invalid-body", detail, { field: `/scheme${pointer}` });

function customInput(body: NonNullable<NewSchemeChoiceBody["custom"]>): CustomSchemeInput {
  const { secret_encoding, secret_prefix, tolerance_ms, occurred_at, ...same } = body;
  return {
    ...same,
    ...(secret_encoding !== undefined && { secretEncoding: secret_encoding }),
    ...(secret_prefix !== undefined && { secretPrefix: secret_prefix }),
    ...(tolerance_ms !== undefined && { toleranceMs: tolerance_ms }),
    ...(occurred_at !== undefined && { occurredAt: occurred_at }),
  };
}

/** Without settings that are credentials: `known` tells which are. */
export function wireSchemeChoice(
  choice: SchemeChoice,
  known: (preset: string) => Pick<KnownScheme, "settings"> | undefined,
): SchemeChoiceBody {
  if ("unverified" in choice) return { unverified: true };
  if ("custom" in choice) return { custom: wireCustom(choice.custom) };
  const shown = known(choice.preset)?.settings.filter(({ isSecret }) => isSecret !== true) ?? [];
  const names = new Set(shown.map(({ name }) => name));
  const settings = Object.entries(choice.settings).filter(([name]) => names.has(name));
  return { preset: choice.preset, settings: Object.fromEntries(settings) };
}

function wireCustom(custom: CustomScheme): NonNullable<SchemeChoiceBody["custom"]> {
  const { secretEncoding, secretPrefix, toleranceMs, occurredAt, signature, ...same } = custom;
  return {
    ...same,
    signature: { ...signature },
    secret_encoding: secretEncoding,
    secret_prefix: secretPrefix,
    tolerance_ms: toleranceMs,
    occurred_at: occurredAt,
  };
}

export const wireScheme = (scheme: Scheme): SchemeBody => ({
  name: scheme.name,
  title: scheme.title,
  documentation: scheme.documentation,
  secret: scheme.secret,
  secret_from: scheme.secret === null ? null : (scheme.secretFrom ?? "provider"),
  settings: scheme.settings.map(({ name, description, isRequired, isSecret = false }) => ({
    name,
    description,
    required: isRequired,
    secret: isSecret,
  })),
  tolerance_ms: scheme.toleranceMs,
  answer_deadline_ms: scheme.answerDeadlineMs,
  handshake: scheme.handshake !== null,
  test_events: [...testEventsOf(scheme)],
});
