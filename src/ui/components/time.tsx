import { useSyncExternalStore } from "react";
import { useFormats } from "../i18n/formats.ts";

const tickMs = 5000;

/** One timer for all times on a page. */
const ticking = (listener: () => void): (() => void) => {
  const timer = setInterval(listener, tickMs);
  return () => clearInterval(timer);
};
const now = (): number => Math.floor(Date.now() / tickMs) * tickMs;

/** What happened since the last tick is not "in 3 seconds". */
const shownNowMs = (atMs: number, nowMs: number): number => (atMs > nowMs && atMs < nowMs + tickMs ? atMs : nowMs);

/** A time as "3 minutes ago", exact on hover and to those who listen; a dash where there is none. */
export function Time({ at }: { readonly at: string | null | undefined }) {
  const nowMs = useSyncExternalStore(ticking, now);
  const formats = useFormats();
  if (at === null || at === undefined) return <span>—</span>;
  const exact = formats.exact(at);
  return (
    <time dateTime={at} title={exact} className="whitespace-nowrap">
      {formats.relative(at, shownNowMs(Date.parse(at), nowMs))}
      <span className="sr-only"> ({exact})</span>
    </time>
  );
}
