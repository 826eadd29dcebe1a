import type { Attempt } from "../../sdk/wire.ts";
import { Badge } from "../components/badge.tsx";
import { useTexts } from "../i18n/language.tsx";
import { portalTexts } from "./texts.ts";

/** What came of it, in a word and the status. */
export function Outcome({ attempt }: { readonly attempt: Attempt }) {
  const t = useTexts(portalTexts);
  return (
    <Badge tone={attempt.delivered ? "good" : "bad"}>
      {attempt.delivered ? t.delivered : t.failed}
      {attempt.status !== null && ` ${attempt.status}`}
    </Badge>
  );
}
