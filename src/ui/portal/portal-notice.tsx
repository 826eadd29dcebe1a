import { useEffect } from "react";
import type { Session } from "../api/session.ts";
import { useTexts } from "../i18n/language.tsx";
import { LanguageMenu, ThemeMenu } from "../shell/looks-menus.tsx";
import { PortalName } from "./portal-name.tsx";
import { portalTexts } from "./texts.ts";

interface PortalNoticeProps {
  readonly name: string;
  readonly look: Session["brand"];
  /** There was a link, and it works no more. */
  readonly isOver: boolean;
}

/** Instead of the portal: why it is not shown, and what to do. */
export function PortalNotice({ name, look, isOver }: PortalNoticeProps) {
  const t = useTexts(portalTexts);
  useEffect(() => {
    document.title = name;
  }, [name]);
  return (
    <main className="mx-auto flex min-h-dvh max-w-md flex-col justify-center gap-4 p-4">
      <PortalName name={name} look={look} />
      <div role="alert" className="flex flex-col gap-2 rounded-lg border border-line bg-surface p-4">
        <h1 className="text-lg font-semibold">{isOver ? t.linkOver : t.linkNone}</h1>
        <p className="text-muted">{isOver ? t.linkOverAbout : t.linkNoneAbout}</p>
      </div>
      <div className="flex justify-center gap-1 text-sm">
        <ThemeMenu align="start" />
        <LanguageMenu align="start" />
      </div>
    </main>
  );
}
