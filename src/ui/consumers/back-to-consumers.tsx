import { Link } from "wouter";
import { useTexts } from "../i18n/language.tsx";
import { pageOf } from "./consumer-queries.ts";
import { consumersTexts } from "./texts.ts";

/** The way back: to the list, or to one. */
export function BackToConsumers({ name }: { readonly name?: string }) {
  const t = useTexts(consumersTexts);
  return (
    <Link href={name === undefined ? "/consumers" : pageOf(name)} className="w-fit text-sm text-muted hover:text-text">
      <span aria-hidden="true">← </span>
      {name ?? t.title}
    </Link>
  );
}
