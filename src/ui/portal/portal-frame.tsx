import type { ReactNode } from "react";
import { Link, useLocation } from "wouter";
import type { Session } from "../api/session.ts";
import { Time } from "../components/time.tsx";
import { useTexts } from "../i18n/language.tsx";
import { LanguageMenu, ThemeMenu } from "../shell/looks-menus.tsx";
import { PortalName } from "./portal-name.tsx";
import { portalTexts } from "./texts.ts";

const places = [
  { path: "/portal", text: "overview" },
  { path: "/portal/endpoints", text: "endpoints" },
  { path: "/portal/events", text: "events" },
  { path: "/portal/attempts", text: "attempts" },
] as const;

interface PortalFrameProps {
  readonly name: string;
  readonly look: Session["brand"];
  readonly expiresAt: string | null;
  readonly children: ReactNode;
}

/** What is around every page of the portal. Nothing leads out of it. */
export function PortalFrame({ name, look, expiresAt, children }: PortalFrameProps) {
  const t = useTexts(portalTexts);
  const [location] = useLocation();
  return (
    <div className="min-h-dvh">
      <a href="#content" className="sr-only focus:not-sr-only focus:absolute focus:z-50 focus:bg-surface focus:p-2">
        {t.skip}
      </a>
      <header className="border-b border-line bg-surface">
        <div className="mx-auto flex max-w-7xl flex-wrap items-center gap-x-4 gap-y-1 px-4 pt-3 md:px-6">
          <PortalName name={name} look={look} />
          <div className="ms-auto flex items-center gap-1 text-sm">
            {expiresAt !== null && (
              <span className="px-2 text-muted max-sm:hidden">
                {t.linkEnds} <Time at={expiresAt} />
              </span>
            )}
            <ThemeMenu />
            <LanguageMenu />
          </div>
        </div>
        <nav aria-label={t.pages} className="mx-auto flex max-w-7xl gap-1 overflow-x-auto px-2 md:px-4">
          {places.map(({ path, text }) => {
            const isHere = path === "/portal" ? location === path : location.startsWith(path);
            return (
              <Link
                key={path}
                href={path}
                aria-current={isHere ? "page" : undefined}
                className={`border-b-2 px-3 py-2 whitespace-nowrap ${isHere ? "border-accent font-semibold text-accent" : "border-transparent text-muted hover:text-text"}`}
              >
                {t[text]}
              </Link>
            );
          })}
        </nav>
      </header>
      <main id="content">{children}</main>
    </div>
  );
}
