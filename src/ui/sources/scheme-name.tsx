import type { SchemeChoice } from "../../sdk/wire.ts";
import { Badge } from "../components/badge.tsx";
import { useTexts } from "../i18n/language.tsx";
import { useSchemes } from "./source-queries.ts";
import { sourcesTexts } from "./texts.ts";

/** Whose way of signing it is. */
export function SchemeName({ scheme }: { readonly scheme: SchemeChoice }) {
  const t = useTexts(sourcesTexts);
  const { data: schemes = [] } = useSchemes();
  if (scheme.unverified) return <Badge tone="warn">{t.unverified}</Badge>;
  if (scheme.preset === undefined) return <span>{t.custom}</span>;
  return <span lang="en">{schemes.find(({ name }) => name === scheme.preset)?.title ?? scheme.preset}</span>;
}
