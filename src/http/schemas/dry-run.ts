/** What an endpoint would be sent, as it travels. */
import { Type } from "typebox";
import { errorClasses } from "../../core/attempt.ts";
import { deliveryMethods } from "../../core/endpoint-payload.ts";
import type { DryRun } from "../../outbound/dry-run.ts";
import { nullable } from "./scalars.ts";

export const dryRunRequestSchema = Type.Object(
  {
    method: Type.Enum([...deliveryMethods]),
    url: Type.String(),
    headers: Type.Record(Type.String(), Type.String(), {
      description: "In lower case. A value that signs or authorizes is `…`.",
    }),
    body: Type.String({ description: "Before it is compressed." }),
  },
  { title: "DryRunRequest" },
);

const resultSchema = Type.Object(
  {
    event_id: Type.String(),
    event_type: Type.String(),
    request: nullable(dryRunRequestSchema, "What would be sent; null where nothing would be."),
    skipped: Type.Boolean({ description: "The transform leaves the event out." }),
    error_class: nullable(Type.Enum([...errorClasses]), "How the attempt would fail before anything is sent."),
    error_detail: nullable(Type.String(), "A sentence for people."),
  },
  { title: "DryRunResult", description: "What an endpoint would be sent of one event." },
);

export const dryRunSchema = Type.Object({ data: Type.Array(resultSchema) }, { title: "DryRun" });

/** Null where nothing would be sent. */
export function shownRequest({ outcome }: DryRun): Type.Static<typeof dryRunRequestSchema> | null {
  if (outcome === null || "errorClass" in outcome) return null;
  return { ...outcome, headers: { ...outcome.headers } };
}

export function wireDryRun(run: DryRun): Type.Static<typeof resultSchema> {
  const { event, outcome } = run;
  const failure = outcome !== null && "errorClass" in outcome ? outcome : null;
  return {
    event_id: event.id,
    event_type: event.type,
    request: shownRequest(run),
    skipped: outcome === null,
    error_class: failure?.errorClass ?? null,
    error_detail: failure?.errorDetail ?? null,
  };
}
