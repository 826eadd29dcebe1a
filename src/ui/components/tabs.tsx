import { type KeyboardEvent, type ReactNode, useEffect, useId, useRef } from "react";

export interface Tab<Key extends string> {
  readonly key: Key;
  readonly title: ReactNode;
}

interface TabsProps<Key extends string> {
  readonly label: string;
  readonly tabs: readonly Tab<Key>[];
  readonly chosen: Key;
  readonly onChoose: (key: Key) => void;
  readonly children: ReactNode;
}

/** Arrow keys go from tab to tab (WAI-ARIA Authoring Practices, tabs). */
export function Tabs<Key extends string>({ label, tabs, chosen, onChoose, children }: TabsProps<Key>) {
  const id = useId();
  const list = useRef<HTMLDivElement>(null);
  // biome-ignore lint/correctness/useExhaustiveDependencies: on a phone tabs are wider than the window
  useEffect(() => scrollToChosen(list.current), [chosen]);
  const move = (event: KeyboardEvent): void => {
    const step = event.key === "ArrowRight" ? 1 : event.key === "ArrowLeft" ? -1 : 0;
    if (step === 0) return;
    const index = (tabs.findIndex(({ key }) => key === chosen) + step + tabs.length) % tabs.length;
    const next = tabs[index];
    if (next === undefined) return;
    onChoose(next.key);
    list.current?.querySelectorAll<HTMLElement>("[role=tab]")[index]?.focus();
  };
  return (
    <div className="flex min-w-0 flex-col gap-3">
      <div
        ref={list}
        role="tablist"
        aria-label={label}
        className="flex gap-1 overflow-x-auto border-b border-line"
        onKeyDown={move}
      >
        {tabs.map(({ key, title }) => (
          <button
            key={key}
            type="button"
            role="tab"
            id={`${id}-${key}`}
            aria-selected={key === chosen}
            aria-controls={`${id}-panel`}
            tabIndex={key === chosen ? 0 : -1}
            onClick={() => onChoose(key)}
            className={`-mb-px border-b-2 px-3 py-2 text-sm font-medium whitespace-nowrap ${key === chosen ? "border-accent text-text" : "border-transparent text-muted hover:text-text"}`}
          >
            {title}
          </button>
        ))}
      </div>
      <div id={`${id}-panel`} role="tabpanel" aria-labelledby={`${id}-${chosen}`} className="min-w-0">
        {children}
      </div>
    </div>
  );
}

/** Sideways alone: the page stays where it is. */
function scrollToChosen(list: HTMLElement | null): void {
  const tab = list?.querySelector("[aria-selected=true]");
  if (!list || !tab) return;
  const [frame, { left, width }] = [list.getBoundingClientRect(), tab.getBoundingClientRect()];
  list.scrollBy({ left: left + width / 2 - frame.left - frame.width / 2 });
}
