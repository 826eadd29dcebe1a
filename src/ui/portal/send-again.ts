import { useMutation, useQueryClient } from "@tanstack/react-query";
import type { Attempt } from "../../sdk/wire.ts";
import { ask } from "../api/ask.ts";
import { useToast } from "../components/toast.tsx";
import { useTexts } from "../i18n/language.tsx";
import { portalTexts } from "./texts.ts";

/** Sends one event to one endpoint now, and tells what came of it. */
export function useSendAgain() {
  const t = useTexts(portalTexts);
  const toast = useToast();
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: ({ endpointId, eventId }: { readonly endpointId: string; readonly eventId: string }) =>
      ask<Attempt>(`POST /v1/endpoints/${endpointId}/deliveries/${encodeURIComponent(eventId)}/retry`, { body: {} }),
    onSuccess: ({ delivered, error_detail: detail }) => {
      toast.tell(delivered ? t.sentAgain : (detail ?? t.failed), delivered ? "good" : "bad");
    },
    onError: (error) => toast.tell(error.message, "bad"),
    onSettled: () => {
      for (const queryKey of [["attempts"], ["event-text"], ["endpoints"]])
        void queryClient.invalidateQueries({ queryKey });
    },
  });
}
