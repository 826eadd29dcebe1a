/** One attempt: what was answered, or why nothing was, and a way to try once more. */
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import type { Attempt } from "../../../sdk/wire.ts";
import { ask } from "../../api/ask.ts";
import { Button, LinkButton } from "../../components/button.tsx";
import { CodeBlock } from "../../components/code-block.tsx";
import { Dialog } from "../../components/dialog.tsx";
import { Facts } from "../../components/facts.tsx";
import { Time } from "../../components/time.tsx";
import { useToast } from "../../components/toast.tsx";
import { useFormats } from "../../i18n/formats.ts";
import { useTexts } from "../../i18n/language.tsx";
import { OutcomeBadge } from "../endpoint-badges.tsx";
import { endpointPath } from "../endpoint-queries.ts";
import type { EndpointScope } from "../scope.ts";
import { attemptTexts } from "./attempt-texts.ts";

interface AttemptDialogProps {
  readonly scope: EndpointScope;
  /** Null: closed. */
  readonly attempt: Attempt | null;
  readonly onClose: () => void;
}

export const retryPath = (endpointId: string, eventId: string): string =>
  `${endpointPath(endpointId)}/deliveries/${encodeURIComponent(eventId)}/retry`;

export function AttemptDialog({ scope, attempt, onClose }: AttemptDialogProps) {
  const t = useTexts(attemptTexts);
  const eventId = attempt?.event_id ?? null;
  const endpointId = attempt?.endpoint_id ?? null;
  return (
    <Dialog
      title={t.attempt}
      isOpen={attempt !== null}
      onClose={onClose}
      isWide
      actions={
        eventId !== null &&
        endpointId !== null && (
          <>
            <LinkButton to={scope.eventPath(eventId)}>{t.openEvent}</LinkButton>
            {scope.rights.manage && <RetryButton endpointId={endpointId} eventId={eventId} onDone={onClose} />}
          </>
        )
      }
    >
      {attempt !== null && <AttemptFacts attempt={attempt} />}
    </Dialog>
  );
}

function AttemptFacts({ attempt }: { readonly attempt: Attempt }) {
  const t = useTexts(attemptTexts);
  const formats = useFormats();
  return (
    <>
      <Facts
        facts={[
          [t.outcome, <OutcomeBadge key="outcome" attempt={attempt} />],
          ...(attempt.error_detail === null ? [] : [[t.why, attempt.error_detail] as const]),
          [t.event, attempt.event_type ?? t.eventGone],
          [t.eventId, <code key="event">{attempt.event_id ?? "—"}</code>],
          [t.trigger, `${t.triggers(attempt.trigger)} · ${attempt.number}`],
          [t.started, <Time key="started" at={attempt.started_at} />],
          [t.duration, formats.duration(attempt.duration_ms)],
        ]}
      />
      {attempt.response_body === "" ? (
        <p className="text-muted">{t.noResponse}</p>
      ) : (
        <div className="flex flex-col gap-1">
          <p className="font-medium">
            {t.response} {attempt.response_truncated && <span className="text-muted">{t.truncated}</span>}
          </p>
          <CodeBlock text={attempt.response_body} label={t.response} heightCss="20rem" />
        </div>
      )}
    </>
  );
}

interface RetryButtonProps {
  readonly endpointId: string;
  readonly eventId: string;
  readonly onDone: () => void;
}

/** Answers when the attempt has ended, and says how. */
function RetryButton({ endpointId, eventId, onDone }: RetryButtonProps) {
  const t = useTexts(attemptTexts);
  const toast = useToast();
  const queries = useQueryClient();
  const [isBusy, setIsBusy] = useState(false);
  const retry = async (): Promise<void> => {
    setIsBusy(true);
    try {
      const made = await ask<Attempt>(`POST ${retryPath(endpointId, eventId)}`, { body: {} });
      if (made.delivered) toast.tell(t.retried(String(made.status ?? "")));
      else toast.tell(made.error_detail ?? t.failed, "bad");
      onDone();
    } catch (error) {
      toast.tell((error as Error).message, "bad");
    }
    setIsBusy(false);
    void queries.invalidateQueries({ queryKey: ["attempts", endpointId, "newest"] });
    void queries.invalidateQueries({ queryKey: ["endpoint", endpointId] });
  };
  return (
    <Button look="primary" busy={isBusy} onClick={retry}>
      {t.retry}
    </Button>
  );
}
