/** Says so on every page while the server does not answer; gone when it is back. */
import { useQueryClient } from "@tanstack/react-query";
import { useCallback, useSyncExternalStore } from "react";
import { isAway } from "../api/ask.ts";
import { useTexts } from "../i18n/language.tsx";
import { componentTexts } from "./texts.ts";

export function AwayNotice() {
  const t = useTexts(componentTexts);
  const cache = useQueryClient().getQueryCache();
  const isSilent = useSyncExternalStore(
    useCallback((listener) => cache.subscribe(listener), [cache]),
    () => cache.getAll().some((query) => query.isActive() && isAway(query.state.fetchFailureReason)),
  );
  return (
    <div role="status" className="pointer-events-none fixed inset-x-0 top-0 z-40 flex justify-center p-2">
      {isSilent && (
        <p className="rounded-md border border-warn bg-warn-soft px-4 py-2 text-warn shadow-lg">{t.unreachable}</p>
      )}
    </div>
  );
}
