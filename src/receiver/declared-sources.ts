/**
 * Makes what is stored what the program says: its sources, and a lane for each, by which their events are handled.
 * A source that is said no more is paused, so that it is the same one, and knows its copies, should it come back.
 */
import type { App } from "../app.ts";
import type { Endpoint } from "../core/endpoint.ts";
import { TrotlineError } from "../core/errors.ts";
import { defaultTenant } from "../core/event.ts";
import { limits } from "../core/limits.ts";
import { defaultRetryPolicy } from "../core/retry-policy.ts";
import { completeScheme, type SchemeChoice } from "../core/scheme.ts";
import { liveSecrets, type Source, sourceDefaults } from "../core/source.ts";
import { schemeOf } from "../inbound/scheme-of.ts";
import type { SourceInput } from "../registry/sources.ts";
import { handlerName, type ReceiverPlan } from "./plan-receiver.ts";
import type { ReceiverOptions, ReceiverSource } from "./receiver-options.ts";

/** Refuses what a source cannot be, naming it. */
export async function declareSources(app: App, options: ReceiverOptions, { keys }: ReceiverPlan): Promise<void> {
  for (const [name, source] of Object.entries(options.sources)) {
    try {
      await declareLane(app, name, laneSettings(options, keys.get(name) != null));
      await declareSource(app, name, source);
    } catch (error) {
      if (!(error instanceof TrotlineError)) throw error;
      throw new TrotlineError(error.code, `The source \`${name}\`: ${error.message}`, {
        ...error.extras,
        cause: error,
      });
    }
  }
  for (const source of everySource(app)) {
    if (Object.hasOwn(options.sources, source.name) || source.status === "paused") continue;
    await app.sources.setStatus(source.id, "paused");
  }
}

/** The lane by which the events of a source are handled. */
export const laneOf = (app: App, source: string): Endpoint | undefined =>
  lanesOf(app).find(({ types }) => types[0] === `${source}.*`);

/** All lanes that call the program, also those of sources that it says no more. */
export function lanesOf({ registry }: App): Endpoint[] {
  const { endpoints } = registry.listEndpoints({ tenant: defaultTenant, limit: limits.endpointsPerTenant });
  return endpoints.filter(({ kind, handler }) => kind === "handler" && handler === handlerName);
}

const everySource = ({ sources }: App): readonly Source[] =>
  sources.list({ tenant: defaultTenant, limit: limits.sourcesPerTenant }).sources;

type LaneSettings = ReturnType<typeof laneSettings>;

function laneSettings(options: ReceiverOptions, isOrdered: boolean) {
  const { concurrency, retryDelaysMs, timeoutMs, onExhausted = "park" } = options;
  return {
    maxInFlight: concurrency ?? limits.runsInFlightDefault,
    retry: retryDelaysMs === undefined ? defaultRetryPolicy : { delaysMs: retryDelaysMs },
    timeoutMs: timeoutMs ?? limits.runTimeoutMsDefault,
    ordering: isOrdered ? ("key" as const) : ("none" as const),
    onExhausted,
    disableAfterMs: null,
  };
}

async function declareLane(app: App, source: string, settings: LaneSettings): Promise<void> {
  const lane = laneOf(app, source);
  if (lane === undefined) {
    const place = { tenant: defaultTenant, kind: "handler", handler: handlerName, types: [`${source}.*`] } as const;
    // Before its source takes anything: it misses nothing.
    await app.registry.createEndpoint({ ...place, ...settings }, app.store.events.bounds().head);
    return;
  }
  if (!isEqual(settings, picked(lane, settings))) await app.registry.changeEndpoint(lane.id, settings);
}

async function declareSource(app: App, name: string, said: ReceiverSource): Promise<void> {
  const { sources, clock } = app;
  const input = sourceInput(name, said);
  const known = sources.byName(name);
  const secrets = secretsOf(said);
  requireSecret(input.scheme, secrets);
  const [newest, ...older] = secrets;
  const secret = newest === undefined ? undefined : { value: newest };
  if (known === undefined) {
    await sources.create({ tenant: defaultTenant, ...input, ...(secret && { secret }) });
  } else {
    const isSame = isEqual(input, picked(known, input));
    const live = liveSecrets(known.secrets, clock.wallMs()).map(({ value }) => value);
    const keepsSecrets = secrets.length === 0 || isEqual(live, secrets);
    if (isSame && keepsSecrets) return enable(app, known);
    await sources.change(name, input, keepsSecrets ? undefined : secret);
    if (keepsSecrets) return enable(app, known);
  }
  // The newest is first: it is added last.
  for (const value of [...older.reverse(), ...(older.length > 0 && newest !== undefined ? [newest] : [])]) {
    await sources.addSecret(name, { value }, { expiresAtMs: null, graceMs: null });
  }
  await enable(app, sources.require(name));
}

async function enable({ sources }: App, { name }: Source): Promise<void> {
  if (sources.require(name).status === "paused") await sources.setStatus(name, "enabled");
}

function sourceInput(name: string, said: ReceiverSource): SourceInput {
  const defaults = sourceDefaults;
  // What is said to be undefined is not said.
  const {
    description = defaults.description,
    methods = defaults.methods,
    allowAddresses = defaults.allowAddresses,
    bodyBytesMax = defaults.bodyBytesMax,
    rate = defaults.rate,
    deduplication = defaults.deduplication,
    answer = defaults.answer,
  } = said;
  const scheme = schemeChoice(said);
  return { name, description, scheme, methods, allowAddresses, bodyBytesMax, rate, deduplication, answer };
}

function schemeChoice({ scheme, settings = {} }: ReceiverSource): SchemeChoice {
  if (typeof scheme === "object") return { custom: completeScheme(scheme) };
  return scheme === "unverified" ? { unverified: true } : { preset: scheme, settings };
}

const secretsOf = ({ secret = [] }: ReceiverSource): readonly string[] =>
  typeof secret === "string" ? [secret] : secret;

/** A secret that was forgotten is never made up: the provider would know another. */
function requireSecret(choice: SchemeChoice, secrets: readonly string[]): void {
  const scheme = schemeOf(choice);
  if (secrets.length > 0 || scheme === null || scheme.secret === null || scheme.secretFrom === "handshake") return;
  throw new TrotlineError("source-secret-missing", `It has no \`secret\`. ${scheme.secret}`);
}

/** The members of one thing that another has. */
const picked = (from: object, like: object): object =>
  Object.fromEntries(Object.keys(like).map((name) => [name, (from as Record<string, unknown>)[name]]));

const isEqual = (left: unknown, right: unknown): boolean => JSON.stringify(left) === JSON.stringify(right);
