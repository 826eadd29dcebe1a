/** Sources between their JSON and the noun. */
import type { Source, SourceAnswer } from "../core/source.ts";
import { schemePort } from "../inbound/schemes/presets.ts";
import type { SecretInput, SourceInput, Sources } from "../registry/sources.ts";
import type { SourceBody, SourceChangeBody, SourceSecretsBody } from "./schemas/source.ts";
import { schemeInput, wireSchemeChoice } from "./wire-scheme.ts";
import { wireTime, wireTimeOrNull } from "./wire-time.ts";

const plainText = "text/plain; charset=utf-8";

export function wireSource(source: Source, publicUrl: string | null): SourceBody {
  const { rate, answer } = source;
  return {
    id: source.id,
    name: source.name,
    tenant: source.tenant,
    url: `${publicUrl ?? ""}/in/${source.name}`,
    description: source.description,
    scheme: wireSchemeChoice(source.scheme, schemePort.get),
    methods: [...source.methods] as SourceBody["methods"],
    allow_addresses: [...source.allowAddresses],
    body_bytes_max: source.bodyBytesMax,
    rate_limit: rate === null ? null : { per_second: rate.perSecond, burst: rate.burst },
    deduplication: source.deduplication,
    answer: answer === null ? null : { status: answer.status, body: answer.body, content_type: answer.contentType },
    status: source.status,
    created_at: wireTime(source.createdAtMs),
    updated_at: wireTime(source.updatedAtMs),
  };
}

export const wireSourceSecrets = (sources: Sources, source: Source): SourceSecretsBody["data"] =>
  sources.secrets(source).map(({ id, value, expiresAtMs }) => ({
    id,
    secret: value,
    expires_at: wireTimeOrNull(expiresAtMs),
  }));

/** What a body sets; members that it leaves out stay out. */
export function sourceInput(body: Omit<SourceChangeBody, "secret">): Partial<SourceInput> {
  const { name, description, scheme, methods, allow_addresses, body_bytes_max, rate_limit, deduplication, answer } =
    body;
  return {
    ...(name !== undefined && { name }),
    ...(description !== undefined && { description }),
    ...(scheme !== undefined && { scheme: schemeInput(scheme) }),
    ...(methods !== undefined && { methods }),
    ...(allow_addresses !== undefined && { allowAddresses: allow_addresses }),
    ...(body_bytes_max !== undefined && { bodyBytesMax: body_bytes_max }),
    ...(rate_limit !== undefined && { rate: rateInput(rate_limit) }),
    ...(deduplication !== undefined && { deduplication }),
    ...(answer !== undefined && { answer: answerInput(answer) }),
  };
}

export const secretInput = (text: string): SecretInput => (text === "generate" ? "generate" : { value: text });

const rateInput = (rate: NonNullable<SourceChangeBody["rate_limit"]> | null): Source["rate"] =>
  rate === null ? null : { perSecond: rate.per_second, burst: rate.burst ?? Math.max(1, Math.ceil(rate.per_second)) };

const answerInput = (answer: NonNullable<SourceChangeBody["answer"]> | null): SourceAnswer | null =>
  answer === null
    ? null
    : { status: answer.status, body: answer.body ?? "", contentType: answer.content_type ?? plainText };
