/** Text of any length: only the lines in view are in the document, so that megabytes scroll as a page does. */
import { useVirtualizer } from "@tanstack/react-virtual";
import { useMemo, useRef } from "react";

const lineLengthMax = 160;
const lineHeightPx = 20;

export interface ShownLine {
  readonly text: string;
  readonly className?: string;
}

/** Lines as they are shown: longer ones are divided. */
export function linesOf(text: string): string[] {
  const lines: string[] = [];
  for (const line of text.split("\n")) {
    if (line.length <= lineLengthMax) lines.push(line);
    else for (let at = 0; at < line.length; at += lineLengthMax) lines.push(line.slice(at, at + lineLengthMax));
  }
  return lines;
}

export function LongText({ text, label }: { readonly text: string; readonly label: string }) {
  const lines = useMemo(() => linesOf(text).map((line) => ({ text: line })), [text]);
  return <LongLines lines={lines} label={label} />;
}

export function LongLines({ lines, label }: { readonly lines: readonly ShownLine[]; readonly label: string }) {
  const scroller = useRef<HTMLDivElement>(null);
  const virtual = useVirtualizer({
    count: lines.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => lineHeightPx,
    overscan: 20,
  });
  return (
    <section
      ref={scroller}
      aria-label={label}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: the keyboard scrolls what has the focus
      tabIndex={0}
      className="overflow-auto rounded-md border border-line bg-sunken p-3 font-mono text-[13px]"
      style={{ maxHeight: "60dvh" }}
    >
      <div className="relative w-max min-w-full" style={{ height: virtual.getTotalSize() }}>
        {virtual.getVirtualItems().map((item) => (
          <div
            key={item.key}
            className={`absolute start-0 w-max min-w-full whitespace-pre ${lines[item.index]?.className ?? ""}`}
            style={{ height: item.size, transform: `translateY(${item.start}px)` }}
          >
            {lines[item.index]?.text || " "}
          </div>
        ))}
      </div>
    </section>
  );
}
