/** Rows of one kind. Only those in view are in the document, so that a hundred thousand scroll as ten do. */
import { useVirtualizer } from "@tanstack/react-virtual";
import { type KeyboardEvent, type ReactNode, type RefObject, useEffect, useRef } from "react";

export interface Column<Row> {
  readonly key: string;
  readonly title: ReactNode;
  readonly cell: (row: Row) => ReactNode;
  /** A track of CSS grid: `2fr`, `8rem`, `minmax(10rem, 1fr)`. */
  readonly width?: string;
  readonly align?: "end";
  /** Left out on a phone. */
  readonly isMinor?: boolean;
}

interface DataTableProps<Row> {
  readonly label: string;
  readonly columns: readonly Column<Row>[];
  readonly rows: readonly Row[];
  readonly keyOf: (row: Row) => string;
  /** Where a row leads, or what it opens: by a click, or Enter; the arrows go from row to row. */
  readonly onOpen?: (row: Row) => void;
  readonly openKey?: string | null;
  readonly rowHeightPx?: number;
  readonly heightCss?: string;
  /** Called when the end comes into view. */
  readonly onEnd?: (() => void) | undefined;
  /** Stands below the rows, and does not scroll with them: such as that more is being loaded. */
  readonly footer?: ReactNode;
  /** For who has to know how far it is scrolled, or to scroll it. */
  readonly scroller?: RefObject<HTMLDivElement | null>;
}

const rowHeightDefault = 44;

export function DataTable<Row>(props: DataTableProps<Row>) {
  const { label, columns, rows, keyOf, onOpen, openKey, onEnd, footer } = props;
  const { rowHeightPx = rowHeightDefault, heightCss = "min(70dvh, 60rem)" } = props;
  const ownScroller = useRef<HTMLDivElement>(null);
  const scroller = props.scroller ?? ownScroller;
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => rowHeightPx,
    getItemKey: (index) => keyOf(rows[index] as Row),
    overscan: 12,
  });
  const items = virtual.getVirtualItems();
  const last = items.at(-1)?.index ?? -1;
  const isAtEnd = last >= rows.length - 1;
  useEffect(() => {
    if (isAtEnd && rows.length > 0) onEnd?.();
  }, [isAtEnd, rows.length, onEnd]);
  const tracks = (isPhone: boolean): string =>
    columns
      .filter(({ isMinor }) => !isPhone || !isMinor)
      .map(({ width = "minmax(0, 1fr)" }) => width)
      .join(" ");
  const grid = "grid grid-cols-[var(--tracks-phone)] items-center gap-x-3 px-3 md:grid-cols-[var(--tracks)]";
  const cellClass = ({ align, isMinor }: Column<Row>): string =>
    `min-w-0 truncate ${align === "end" ? "text-end" : ""} ${isMinor ? "hidden md:block" : ""}`;
  const press = (row: Row, index: number) => (event: KeyboardEvent) => {
    if (event.target !== event.currentTarget) return;
    const step = { ArrowDown: 1, ArrowUp: -1, Enter: 0 }[event.key];
    if (step === undefined) return;
    event.preventDefault();
    if (step === 0) onOpen?.(row);
    else scroller.current?.querySelector<HTMLElement>(`[aria-rowindex="${index + 2 + step}"][tabindex]`)?.focus();
  };
  return (
    <div className="overflow-hidden rounded-lg border border-line bg-surface">
      <div
        ref={scroller}
        role="table"
        aria-label={label}
        aria-rowcount={rows.length + 1}
        tabIndex={0}
        className="overflow-y-auto"
        style={{ maxHeight: heightCss, "--tracks": tracks(false), "--tracks-phone": tracks(true) } as never}
      >
        <div role="rowgroup" className="sticky top-0 z-10 border-b border-line bg-sunken">
          <div role="row" aria-rowindex={1} className={`${grid} py-2 text-xs font-medium text-muted`}>
            {columns.map((column) => (
              <div role="columnheader" key={column.key} className={cellClass(column)}>
                {column.title}
              </div>
            ))}
          </div>
        </div>
        <div role="rowgroup" className="relative" style={{ height: virtual.getTotalSize() }}>
          {items.map((item) => {
            const row = rows[item.index] as Row;
            const isOpen = openKey !== undefined && openKey === keyOf(row);
            return (
              <div
                role="row"
                key={item.key}
                aria-rowindex={item.index + 2}
                aria-current={isOpen || undefined}
                tabIndex={onOpen === undefined ? undefined : 0}
                onClick={onOpen === undefined ? undefined : () => onOpen(row)}
                onKeyDown={onOpen === undefined ? undefined : press(row, item.index)}
                className={`${grid} absolute inset-x-0 border-b border-line -outline-offset-2 ${onOpen === undefined ? "" : "cursor-pointer hover:bg-sunken"} ${isOpen ? "bg-accent-soft" : ""}`}
                style={{ height: item.size, transform: `translateY(${item.start}px)` }}
              >
                {columns.map((column) => (
                  <div role="cell" key={column.key} className={cellClass(column)}>
                    {column.cell(row)}
                  </div>
                ))}
              </div>
            );
          })}
        </div>
      </div>
      {footer}
    </div>
  );
}
