/** The settings of a consumer as they are typed, and what is sent of them. */
import type { Consumer, NewConsumer } from "../../sdk/wire.ts";

export interface ConsumerDraft {
  readonly name: string;
  /** Patterns, divided by commas or spaces. */
  readonly types: string;
  readonly filter: string;
  readonly subject: string;
  readonly leaseSeconds: string;
  /** Of a new one. */
  readonly from: string;
}

export const newDraft: ConsumerDraft = {
  name: "",
  types: "",
  filter: "",
  subject: "",
  leaseSeconds: "60",
  from: "latest",
};

export const draftOf = ({ name, types, filter, subject, lease_ms: leaseMs }: Consumer): ConsumerDraft => ({
  name,
  types: types.join(", "),
  filter: filter ?? "",
  subject: subject ?? "",
  leaseSeconds: String(leaseMs / 1000),
  from: "",
});

export const patternsOf = (types: string): string[] => types.split(/[,\s]+/).filter((pattern) => pattern !== "");

const textOrNull = (text: string): string | null => (text.trim() === "" ? null : text.trim());

export const consumerOf = (draft: ConsumerDraft): NewConsumer => ({
  types: patternsOf(draft.types),
  filter: textOrNull(draft.filter),
  subject: textOrNull(draft.subject),
  lease_ms: Math.round(Number(draft.leaseSeconds) * 1000),
  ...(draft.from !== "" && { from: draft.from }),
});
