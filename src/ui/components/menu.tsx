import { type ReactNode, useEffect, useRef } from "react";

interface MenuProps {
  /** On the button. */
  readonly title: ReactNode;
  /** Before it, for those who listen. */
  readonly label: string;
  readonly align?: "start" | "end";
  /** Where it opens. */
  readonly side?: "below" | "above";
  /** Buttons, links and fields; a click on a button closes it. */
  readonly children: ReactNode;
}

/** A disclosure that closes by Escape, and by a click elsewhere. */
export function Menu({ title, label, align = "end", side = "below", children }: MenuProps) {
  const ref = useRef<HTMLDetailsElement>(null);
  useEffect(() => {
    const close = (event: Event): void => {
      const menu = ref.current;
      if (menu === null || !menu.open) return;
      const isKey = event instanceof KeyboardEvent;
      if (isKey ? event.key !== "Escape" : menu.contains(event.target as Node)) return;
      menu.open = false;
      if (isKey) menu.querySelector("summary")?.focus();
    };
    /** By Tab it is left behind. */
    const leave = ({ relatedTarget: next }: FocusEvent): void => {
      const menu = ref.current;
      if (menu !== null && next instanceof Node && !menu.contains(next)) menu.open = false;
    };
    const menu = ref.current;
    menu?.addEventListener("focusout", leave);
    document.addEventListener("click", close);
    document.addEventListener("keydown", close);
    return () => {
      menu?.removeEventListener("focusout", leave);
      document.removeEventListener("click", close);
      document.removeEventListener("keydown", close);
    };
  }, []);
  return (
    <details ref={ref} className="relative">
      <summary className="flex min-h-8 list-none items-center gap-1 rounded-md px-2 py-1 hover:bg-sunken">
        <span className="sr-only">{`${label}: `}</span>
        {title}
      </summary>
      <div
        className={`absolute z-30 ${side === "above" ? "bottom-full mb-1" : "mt-1"} flex min-w-44 flex-col gap-0.5 rounded-md border border-line bg-raised p-1 shadow-lg ${align === "end" ? "end-0" : "start-0"}`}
      >
        {children}
      </div>
    </details>
  );
}

interface MenuItemProps {
  readonly onClick: () => void;
  readonly isChosen?: boolean;
  readonly children: ReactNode;
}

export function MenuItem({ onClick, isChosen, children }: MenuItemProps) {
  return (
    <button
      type="button"
      aria-pressed={isChosen}
      onClick={(event) => {
        const menu = event.currentTarget.closest("details");
        menu?.removeAttribute("open");
        // What is out of sight cannot keep the focus.
        menu?.querySelector("summary")?.focus();
        onClick();
      }}
      className={`rounded px-2.5 py-1.5 text-start hover:bg-sunken ${isChosen ? "font-semibold text-accent" : ""}`}
    >
      {children}
    </button>
  );
}
