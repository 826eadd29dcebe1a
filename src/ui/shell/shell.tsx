/** What is around every page: where one can go, and who one is. */
import { type ReactNode, useEffect, useRef } from "react";
import { Link, useLocation } from "wouter";
import { useSession } from "../api/session.ts";
import { Button } from "../components/button.tsx";
import { useTexts } from "../i18n/language.tsx";
import { LanguageMenu, type LooksProps, ThemeMenu } from "./looks-menus.tsx";
import { useSignOut } from "./session-gate.tsx";
import { TenantMenu } from "./tenant-menu.tsx";
import { shellTexts } from "./texts.ts";

const places = [
  { path: "/", text: "overview" },
  { path: "/events", text: "events" },
  { path: "/endpoints", text: "endpoints" },
  { path: "/consumers", text: "consumers" },
  { path: "/sources", text: "sources" },
  { path: "/bins", text: "bins" },
  { path: "/settings", text: "settings" },
] as const;

export function Shell({ children }: { readonly children: ReactNode }) {
  const t = useTexts(shellTexts);
  const [location] = useLocation();
  const nav = useRef<HTMLElement>(null);
  // biome-ignore lint/correctness/useExhaustiveDependencies: another place is another link
  useEffect(() => {
    // On a phone the places are wider than the window: where one is stays in view.
    const here = nav.current?.querySelector<HTMLElement>("[aria-current]");
    if (here) nav.current?.scrollTo({ left: here.offsetLeft - (nav.current.clientWidth - here.clientWidth) / 2 });
  }, [location]);
  return (
    <div className="flex min-h-dvh flex-col md:flex-row">
      <a href="#content" className="sr-only focus:not-sr-only focus:absolute focus:z-50 focus:bg-surface focus:p-2">
        {t.skip}
      </a>
      <div className="flex shrink-0 flex-col border-line bg-surface max-md:border-b md:sticky md:top-0 md:h-dvh md:w-52 md:border-e">
        <div className="flex items-center justify-between gap-2 px-4 py-3">
          <Link href="/" className="flex items-center gap-2 text-base font-semibold">
            <img src="/icon.svg" alt="" className="size-6" />
            Trotline
          </Link>
          <div className="md:hidden">
            <Account align="end" side="below" />
          </div>
        </div>
        <div className="mx-3 mb-2 rounded-md border border-line">
          <TenantMenu />
        </div>
        <nav ref={nav} aria-label={t.navigation} className="flex gap-0.5 overflow-x-auto px-2 pb-2 md:flex-col">
          {places.map(({ path, text }) => {
            const isHere = path === "/" ? location === "/" : location.startsWith(path);
            return (
              <Link
                key={path}
                href={path}
                aria-current={isHere ? "page" : undefined}
                className={`rounded-md px-3 py-1.5 whitespace-nowrap ${isHere ? "bg-accent-soft font-semibold text-accent" : "text-muted hover:bg-sunken hover:text-text"}`}
              >
                {t[text]}
              </Link>
            );
          })}
        </nav>
        <div className="mt-auto hidden p-2 md:block">
          <Account align="start" side="above" />
        </div>
      </div>
      <main id="content" className="min-w-0 flex-1">
        <MayNotRead />
        {children}
      </main>
    </div>
  );
}

/** Each page refuses such a key in the server's words; here is what to do. */
function MayNotRead() {
  const t = useTexts(shellTexts);
  const scopes = useSession().data?.key?.scopes;
  if (scopes === undefined || scopes.includes("read") || scopes.includes("admin")) return null;
  return (
    <p role="note" className="mx-4 mt-4 rounded-md bg-warn-soft px-4 py-3 text-warn md:mx-6">
      {t.mayNotRead}
    </p>
  );
}

function Account(looks: LooksProps) {
  const t = useTexts(shellTexts);
  const { data: session } = useSession();
  const signOut = useSignOut();
  return (
    <div className="flex flex-wrap items-center gap-1 text-sm">
      <ThemeMenu {...looks} />
      <LanguageMenu {...looks} />
      {session?.auth === "keys" && (
        <Button look="quiet" onClick={signOut}>
          {t.signOut}
        </Button>
      )}
    </div>
  );
}
