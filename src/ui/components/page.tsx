import { createContext, type ReactNode, useContext, useEffect, useRef } from "react";

/** What stands behind the title of every page: the portal has a name of its own. */
export const SiteName = createContext("Trotline");

interface PageProps {
  readonly title: string;
  /** Buttons at the right of the title. */
  readonly actions?: ReactNode;
  /** A line above the title: the way back. */
  readonly above?: ReactNode;
  readonly children: ReactNode;
}

/** One page: its heading, what can be done, and its content. */
export function Page({ title, actions, above, children }: PageProps) {
  const site = useContext(SiteName);
  useEffect(() => {
    document.title = `${title} · ${site}`;
  }, [title, site]);
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    // The row or button that led here is gone: who goes by keys, or listens, begins at the top.
    if (document.activeElement === document.body) heading.current?.focus();
  }, []);
  return (
    <div className="mx-auto flex w-full max-w-7xl flex-col gap-4 p-4 md:p-6">
      {above}
      <header className="flex flex-wrap items-center justify-between gap-3">
        <h1
          ref={heading}
          tabIndex={-1}
          title={title}
          className="line-clamp-3 min-w-0 text-xl font-semibold outline-none"
        >
          {title}
        </h1>
        {actions !== undefined && <div className="flex flex-wrap items-center gap-2">{actions}</div>}
      </header>
      {children}
    </div>
  );
}

interface CardProps {
  readonly title?: string;
  readonly actions?: ReactNode;
  readonly children: ReactNode;
  readonly className?: string;
}

export function Card({ title, actions, children, className = "" }: CardProps) {
  return (
    <section className={`min-w-0 rounded-lg border border-line bg-surface ${className}`} aria-label={title}>
      {title !== undefined && (
        <header className="flex flex-wrap items-center justify-between gap-2 border-b border-line px-4 py-2.5">
          <h2 className="font-semibold">{title}</h2>
          {actions}
        </header>
      )}
      <div className="p-4">{children}</div>
    </section>
  );
}
