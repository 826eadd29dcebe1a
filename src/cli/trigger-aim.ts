/** Whom `trotline trigger` plays, and at whom: from flags, or from a source of a server. */
import { readFileSync, statSync } from "node:fs";
import { didYouMean } from "../config/nearest-name.ts";
import { schemeInput } from "../http/wire-scheme.ts";
import { schemeOf } from "../inbound/scheme-of.ts";
import { presetHint } from "../inbound/schemes/preset-hint.ts";
import { presets } from "../inbound/schemes/presets.ts";
import type { Scheme } from "../inbound/schemes/scheme.ts";
import { formType, type Sample } from "../inbound/simulate/sample.ts";
import { samplesOf } from "../inbound/simulate/samples.ts";
import { ClientFailure } from "./failure-text.ts";
import { githubExample } from "./github-examples.ts";
import type { Session } from "./session.ts";
import { madePair, pairIn, type SigningPair } from "./signing-key-file.ts";
import { UsageError } from "./usage-error.ts";

export interface AimFlags {
  readonly to?: string;
  readonly source?: string;
  readonly secret?: string;
  readonly secretFile?: string;
  readonly signingKeyFile?: string;
  readonly setting?: Readonly<Record<string, string>>;
  readonly data?: string;
}

export interface Aim extends SigningPair {
  readonly scheme: Scheme;
  readonly url: string;
  readonly settings: Readonly<Record<string, string>>;
  /** True where the receiver verifies by something else than it signs with. */
  readonly isPublic: boolean;
}

interface Place extends Pick<Aim, "scheme" | "url" | "settings"> {
  /** Null where nobody said it. */
  readonly secret: string | null;
}

export async function findAim(session: Session, name: string | undefined, flags: AimFlags): Promise<Aim> {
  const place = flags.source === undefined ? placeOf(name, flags) : await sourcePlace(session, flags.source, flags);
  const { scheme } = place;
  checkSettings(place);
  const made = madePair(scheme);
  const isPublic = made.secret !== made.signingKey;
  const pair = await pairOf(place, { made, isPublic, flags });
  return { ...place, ...pair, isPublic };
}

/** As a source of this scheme would be: a setting that is none would be left out without a word. */
function checkSettings({ scheme, settings }: Place): void {
  const missing = scheme.settings.find((setting) => setting.isRequired && settings[setting.name] === undefined);
  if (missing !== undefined) {
    throw new UsageError(`\`${scheme.name}\` needs --setting ${missing.name}=…: ${missing.description}`);
  }
  const known = scheme.settings.map(({ name }) => name);
  const unknown = Object.keys(settings).find((name) => !known.includes(name));
  if (unknown !== undefined) {
    const listed = didYouMean(unknown, known) || (known.length > 0 ? ` It has ${known.join(", ")}.` : "");
    throw new UsageError(`\`${scheme.name}\` has no setting \`${unknown}\`.${listed}`);
  }
  const refusal = scheme.settingsRefusal?.(settings) ?? null;
  if (refusal !== null) throw new UsageError(`--setting: ${refusal}`);
}

/** The preset of this name, or a refusal that says which there are. */
export function requireScheme(name: string): Scheme {
  const scheme = presets.get(name);
  if (scheme !== undefined) return scheme;
  throw new UsageError(
    `There is no scheme \`${name}\`.${presetHint(name, presets)} \`trotline trigger --list\` lists all.`,
  );
}

function placeOf(name: string | undefined, { to, secret, secretFile, setting = {} }: AimFlags): Place {
  if (name === undefined) throw new UsageError("`trigger` needs a scheme, such as github, or a --source.");
  const scheme = requireScheme(name);
  if (to === undefined) throw new UsageError("`trigger` needs --to with a URL, or a --source.");
  return { scheme, url: requireUrl(to), settings: setting, secret: secret ?? secretFile ?? null };
}

async function sourcePlace({ client, connection, signal }: Session, name: string, flags: AimFlags): Promise<Place> {
  const source = await client.sources.get(name, { signal });
  if (source.scheme.unverified) throw new ClientFailure(`The source \`${name}\` verifies nothing.`, []);
  const { settings = {}, ...rest } = source.scheme;
  const choice = schemeInput(rest);
  const scheme = schemeOf(choice);
  if (scheme === null) throw new ClientFailure("This version does not know the source's scheme.", []);
  const asked = flags.secret ?? flags.secretFile;
  const secrets = scheme.secret === null || asked !== undefined ? [] : await client.sources.secrets(name, { signal });
  const url = /^https?:/.test(source.url) ? source.url : connection.url + source.url;
  return {
    scheme,
    url: flags.to === undefined ? url : requireUrl(flags.to),
    settings: { ...settings, ...flags.setting },
    secret: asked ?? secrets[0]?.secret ?? null,
  };
}

function pairOf(
  { scheme, secret }: Place,
  { made, isPublic, flags }: { made: SigningPair; isPublic: boolean; flags: AimFlags },
): Promise<SigningPair> | SigningPair {
  const { signingKeyFile } = flags;
  if (isPublic) {
    const isGiven = flags.secret !== undefined || flags.secretFile !== undefined;
    if (isGiven) throw new UsageError(`\`${scheme.name}\` signs with a key of its own: --signing-key-file keeps it.`);
    return signingKeyFile === undefined ? made : pairIn(signingKeyFile, scheme);
  }
  if (signingKeyFile !== undefined) throw new UsageError(`\`${scheme.name}\` has a secret, not a pair of keys.`);
  if (secret !== null) {
    const refused = scheme.secretRefusal(secret);
    if (refused !== null) throw new UsageError(`That cannot be a secret of \`${scheme.name}\`. ${refused}`);
    return { secret, signingKey: secret };
  }
  if (scheme.secretFrom === "handshake") return made;
  throw new UsageError(`\`${scheme.name}\` needs --secret-file or --secret: what the receiver verifies with.`);
}

function requireUrl(text: string): string {
  if (URL.canParse(text) && /^https?:\/\/[^/@]+(\/|$|\?)/i.test(text) && /^[\x21-\x7e]+$/.test(text)) {
    return text;
  }
  throw new UsageError(`--to takes a URL such as http://127.0.0.1:3000/webhooks, not \`${text}\`.`);
}

/** What is sent: of a file, of GitHub's own examples where they are installed, or what is built in. */
export function sampleFor(scheme: string, event: string | undefined, { data }: AimFlags): Sample {
  if (data !== undefined) return ownSample(data, event ?? samplesOf(scheme)[0]?.type ?? "event");
  const known = samplesOf(scheme);
  const real = scheme === "github" ? githubExample(event ?? "push") : null;
  const [usual] = known;
  const found = event === undefined ? usual : known.find(({ type }) => type === event);
  // Of a scheme of one's own no words are known: its sample is sent under any.
  const own = scheme === "custom" && usual && event !== undefined ? { ...usual, type: event } : undefined;
  const sample = real ?? found ?? own;
  if (sample !== undefined) return sample;
  const types = known.map(({ type }) => type);
  throw new UsageError(
    `There is no sample \`${event}\` of \`${scheme}\`.${didYouMean(event ?? "", types)} ` +
      `There is ${types.join(", ")}; --data takes a file with any other.`,
  );
}

function ownSample(path: string, type: string): Sample {
  let body: Buffer;
  try {
    // A device or a pipe says no size, and may never end.
    if (!statSync(path).isFile()) throw new UsageError(`--data ${path} is not a file.`);
    body = readFileSync(path);
  } catch (error) {
    if (error instanceof UsageError) throw error;
    throw new ClientFailure(`--data ${path} cannot be read: ${(error as NodeJS.ErrnoException).code}.`, []);
  }
  const first = body.toString("latin1").trimStart().slice(0, 1);
  if (first === "{" || first === "[") return { type, body };
  return { type, body, contentType: first === "<" ? "application/xml" : formType };
}
