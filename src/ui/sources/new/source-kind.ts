/** What a new source is made of: a provider that is known by name, a scheme of one's own, or no verification. */
import type { NewSchemeChoice, NewSource, Scheme } from "../../../sdk/wire.ts";

export type SourceKind =
  | { readonly kind: "preset"; readonly scheme: Scheme }
  | { readonly kind: "custom" }
  | { readonly kind: "unverified" };

/** Null where none is chosen yet. */
export function kindOf(from: string | null, schemes: readonly Scheme[]): SourceKind | null {
  if (from === "custom" || from === "unverified") return { kind: from };
  const scheme = schemes.find(({ name }) => name === from);
  return scheme === undefined ? null : { kind: "preset", scheme };
}

/** Those that most look for, first. */
const popular = ["github", "stripe", "shopify", "slack", "gitlab", "twilio", "discord", "standard-webhooks"];

export const popularOf = (schemes: readonly Scheme[]): readonly Scheme[] =>
  popular.flatMap((name) => schemes.find((scheme) => scheme.name === name) ?? []);

/** All others, by what they are called. */
export const othersOf = (schemes: readonly Scheme[]): readonly Scheme[] =>
  schemes.filter(({ name }) => !popular.includes(name)).sort((left, right) => left.title.localeCompare(right.title));

export const isFound = ({ name, title }: Scheme, looked: string): boolean =>
  `${name} ${title}`.toLowerCase().includes(looked.trim().toLowerCase());

export interface SourceDraft {
  readonly name: string;
  readonly description: string;
  readonly secret: string;
  readonly settings: Readonly<Record<string, string>>;
  /** Of a scheme of one's own. */
  readonly json: string;
}

export const exampleScheme = JSON.stringify(
  {
    algorithm: "hmac-sha256",
    signature: { place: "header:x-signature", encoding: "hex", prefix: "sha256=" },
    content: "{body}",
    id: "header:x-delivery-id",
    type: "header:x-event",
  },
  null,
  2,
);

/** Whether the provider makes the secret, and may show it only when it has the address. */
export const isSecretLater = (kind: SourceKind): boolean =>
  kind.kind === "custom" || (kind.kind === "preset" && kind.scheme.secret_from === "provider");

/** Throws a `SyntaxError` where the scheme is not JSON. */
export function newSourceOf(draft: SourceDraft, kind: SourceKind, tenant: string): NewSource {
  const { name, description, secret } = draft;
  const isPaused = isSecretLater(kind) && secret === "";
  return {
    name: name.trim(),
    tenant,
    scheme: schemeOf(draft, kind),
    ...(description.trim() !== "" && { description: description.trim() }),
    ...(secret !== "" && { secret }),
    ...(isPaused && { status: "paused" as const }),
  };
}

function schemeOf({ json, settings }: SourceDraft, kind: SourceKind): NewSchemeChoice {
  if (kind.kind === "custom") return { custom: JSON.parse(json) };
  if (kind.kind === "unverified") return { unverified: true };
  const given = Object.entries(settings).filter(([, value]) => value !== "");
  return { preset: kind.scheme.name, ...(given.length > 0 && { settings: Object.fromEntries(given) }) };
}
