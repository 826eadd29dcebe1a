/** A request to a source as its provider would send it, for whoever wants to see the source work. */
import { TrotlineError } from "../core/errors.ts";
import type { Clock, Random } from "../core/ports.ts";
import type { Source } from "../core/source.ts";
import { schemeOf } from "./scheme-of.ts";
import type { Scheme, SchemeRequest } from "./schemes/scheme.ts";
import type { Sample } from "./simulate/sample.ts";
import { samplesOf } from "./simulate/samples.ts";
import { stepsOf } from "./simulate/simulate.ts";

export interface SourceTest {
  readonly source: Source;
  /** Of its secrets, the newest; null where it has none. */
  readonly secret: string | null;
  /** The provider's word for what happened; the most usual one where it is null. */
  readonly event: string | null;
  /** Signed with another secret. */
  readonly isForged: boolean;
  /** As the provider knows it. */
  readonly url: string;
}

export interface MadeTest {
  readonly event: string;
  readonly request: SchemeRequest;
}

/** Those of a source that declares its scheme itself, or has none, are the same. */
const ownSamples = "custom";

/** What a test of this scheme may say happened; nothing where only the provider can sign. */
export function testEventsOf(scheme: Scheme): readonly string[] {
  return canSign(scheme) ? samplesFor(scheme).map(({ type }) => type) : [];
}

function samplesFor({ name, signer }: Scheme): readonly Sample[] {
  const known = signer === null ? [] : samplesOf(name);
  return known.length > 0 ? known : samplesOf(ownSamples);
}

const noBytes = (count: number): Uint8Array => new Uint8Array(count);

/** Where what verifies is not what signs, or is fetched, the server cannot sign as the provider does. */
function canSign(scheme: Scheme): boolean {
  if (scheme.signer === null) return scheme.name === "unverified";
  if (scheme.secret === null) return false;
  const { secret, signingKey } = scheme.signer.makeSecret(noBytes);
  return secret === signingKey;
}

/** Refuses with `source-untestable`. */
export async function makeTest(test: SourceTest, machine: { clock: Clock; random: Random }): Promise<MadeTest> {
  const { source, event, isForged, url } = test;
  const scheme = schemeOf(source.scheme);
  if (scheme === null || !canSign(scheme)) throw untestable("Only its provider can sign for its scheme.");
  const samples = samplesFor(scheme);
  const sample = event === null ? samples[0] : samples.find(({ type }) => type === event);
  if (sample === undefined) {
    throw new TrotlineError("invalid-body", `There is ${samples.map(({ type }) => type).join(", ")}.`, {
      field: "/event",
    });
  }
  if (scheme.signer === null) {
    if (isForged) throw untestable("It verifies nothing, so that nothing is refused.");
    return { event: sample.type, request: plainRequest(sample, url) };
  }
  if (test.secret === null) throw untestable("It has no secret to sign with.");
  const steps = stepsOf({
    scheme,
    sample,
    url,
    secret: test.secret,
    signingKey: test.secret,
    settings: "settings" in source.scheme ? source.scheme.settings : {},
    variants: [isForged ? "bad-signature" : "genuine"],
    random: machine.random,
    wallMs: () => machine.clock.wallMs(),
  });
  for await (const step of steps) {
    if ("request" in step) return { event: sample.type, request: step.request };
    throw untestable(step.why);
  }
  throw untestable("There is nothing to send.");
}

function plainRequest({ body, contentType = "application/json" }: Sample, url: string): SchemeRequest {
  const bytes = body instanceof Uint8Array ? body : Buffer.from(typeof body === "string" ? body : JSON.stringify(body));
  return { method: "POST", url, headers: ["Content-Type", contentType], body: bytes };
}

const untestable = (why: string): TrotlineError => new TrotlineError("source-untestable", why);
