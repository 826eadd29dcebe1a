/** The settings of a source as they are typed, and what is sent of them. */
import type { Deduplication, Source, SourceChange, SourceMethod } from "../../sdk/wire.ts";

export interface SettingsDraft {
  readonly name: string;
  readonly description: string;
  readonly methods: readonly SourceMethod[];
  /** One a line. */
  readonly addresses: string;
  readonly bytesMax: string;
  /** Empty takes all. */
  readonly perSecond: string;
  readonly burst: string;
  readonly deduplication: Deduplication;
  readonly hasAnswer: boolean;
  readonly answerStatus: string;
  readonly answerBody: string;
  readonly answerType: string;
}

export const draftOf = (source: Source): SettingsDraft => ({
  name: source.name,
  description: source.description,
  methods: source.methods,
  addresses: source.allow_addresses.join("\n"),
  bytesMax: String(source.body_bytes_max),
  perSecond: source.rate_limit === null ? "" : String(source.rate_limit.per_second),
  burst: source.rate_limit === null ? "" : String(source.rate_limit.burst),
  deduplication: source.deduplication,
  hasAnswer: source.answer !== null,
  answerStatus: String(source.answer?.status ?? 200),
  answerBody: source.answer?.body ?? "",
  answerType: source.answer?.content_type ?? "text/plain; charset=utf-8",
});

/** What differs from the source as it is; null where nothing does. */
export function changeOf(draft: SettingsDraft, source: Source): SourceChange | null {
  const wanted: SourceChange = {
    name: draft.name.trim(),
    description: draft.description,
    methods: draft.methods,
    allow_addresses: draft.addresses.split(/[\s,]+/).filter((address) => address !== ""),
    body_bytes_max: Number(draft.bytesMax),
    rate_limit:
      draft.perSecond === ""
        ? null
        : { per_second: Number(draft.perSecond), ...(draft.burst !== "" && { burst: Number(draft.burst) }) },
    deduplication: draft.deduplication,
    answer: draft.hasAnswer
      ? { status: Number(draft.answerStatus), body: draft.answerBody, content_type: draft.answerType }
      : null,
  };
  const changed = Object.entries(wanted).filter(
    ([name, value]) => JSON.stringify(value) !== JSON.stringify(source[name as keyof Source]),
  );
  return changed.length === 0 ? null : Object.fromEntries(changed);
}
