/** How an endpoint is, and what came of an attempt, each in a word. */
import type { Attempt, Endpoint } from "../../sdk/wire.ts";
import { Badge } from "../components/badge.tsx";
import { useTexts } from "../i18n/language.tsx";
import { conditionOf, conditionTones } from "./endpoint-condition.ts";
import { endpointsTexts } from "./texts.ts";

export function ConditionBadge({ endpoint }: { readonly endpoint: Endpoint }) {
  const t = useTexts(endpointsTexts);
  const condition = conditionOf(endpoint);
  return <Badge tone={conditionTones[condition]}>{t[condition]}</Badge>;
}

/** What was answered, or why nothing was. */
export function OutcomeBadge({ attempt }: { readonly attempt: Pick<Attempt, "delivered" | "status" | "error_class"> }) {
  const { delivered, status, error_class: errorClass } = attempt;
  return <Badge tone={delivered ? "good" : "bad"}>{status ?? errorClass?.replaceAll("_", " ") ?? "—"}</Badge>;
}
