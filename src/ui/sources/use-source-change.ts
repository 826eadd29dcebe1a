import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useLocation } from "wouter";
import type { Source, SourceChange } from "../../sdk/wire.ts";
import { ask } from "../api/ask.ts";
import { useToast } from "../components/toast.tsx";
import { useTexts } from "../i18n/language.tsx";
import { sourceFormTexts } from "./form-texts.ts";
import { sourcePath } from "./source-queries.ts";

/** Changes a source; its page is at another address where it has another name then. */
export function useSourceChange(source: Source) {
  const t = useTexts(sourceFormTexts);
  const queries = useQueryClient();
  const toast = useToast();
  const [, go] = useLocation();
  return useMutation({
    mutationFn: (change: SourceChange) => ask<Source>(`PATCH ${sourcePath(source.name)}`, { body: change }),
    onSuccess: (changed) => {
      queries.setQueryData(["source", changed.name], changed);
      void queries.invalidateQueries({ queryKey: ["sources"] });
      toast.tell(t.saved);
      if (changed.name !== source.name) go(`/sources/${changed.name}?tab=settings`, { replace: true });
    },
  });
}
