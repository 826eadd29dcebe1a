import { Link } from "wouter";
import { useTexts } from "../i18n/language.tsx";
import { sourcesTexts } from "./texts.ts";

/** The way back. */
export function BackToSources({ name }: { readonly name?: string }) {
  const t = useTexts(sourcesTexts);
  return (
    <Link
      href={name === undefined ? "/sources" : `/sources/${name}?tab=rejected`}
      className="w-fit text-sm text-muted hover:text-text"
    >
      <span aria-hidden="true">← </span>
      {name ?? t.title}
    </Link>
  );
}
