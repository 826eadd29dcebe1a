import { Link } from "wouter";
import type { Attempt } from "../../sdk/wire.ts";
import { Button } from "../components/button.tsx";
import { CodeBlock } from "../components/code-block.tsx";
import { Dialog } from "../components/dialog.tsx";
import { Facts } from "../components/facts.tsx";
import { Time } from "../components/time.tsx";
import type { EndpointScope } from "../endpoints/scope.ts";
import { useFormats } from "../i18n/formats.ts";
import { useTexts } from "../i18n/language.tsx";
import { Outcome } from "./outcome.tsx";
import { useSendAgain } from "./send-again.ts";
import { portalTexts } from "./texts.ts";

interface AttemptDialogProps {
  readonly scope: EndpointScope;
  /** Null shows nothing. */
  readonly shown: Attempt | null;
  readonly url: string;
  readonly onClose: () => void;
}

/** One attempt: what was answered, and the same once more. */
export function AttemptDialog({ scope, shown, url, onClose }: AttemptDialogProps) {
  const t = useTexts(portalTexts);
  const formats = useFormats();
  const sending = useSendAgain();
  if (shown === null) return null;
  const { endpoint_id: endpointId, event_id: eventId } = shown;
  const again =
    endpointId === null || eventId === null ? undefined : (
      <Button look="primary" busy={sending.isPending} onClick={() => sending.mutate({ endpointId, eventId })}>
        {t.sendAgain}
      </Button>
    );
  return (
    <Dialog title={t.attempt} isOpen onClose={onClose} actions={again} isWide>
      <Facts
        facts={[
          [t.outcome, <Outcome key="outcome" attempt={shown} />],
          [t.endpoint, url],
          [
            t.event,
            eventId === null ? (
              "—"
            ) : (
              <Link key="event" href={scope.eventPath(eventId)} className="font-mono text-accent underline">
                {eventId}
              </Link>
            ),
          ],
          [t.number, shown.number],
          [t.duration, formats.duration(shown.duration_ms)],
          [t.when, <Time key="when" at={shown.started_at} />],
          ...(shown.error_detail === null ? [] : [[t.why, shown.error_detail] as const]),
        ]}
      />
      {shown.response_body !== "" && <CodeBlock text={shown.response_body} label={t.answer} heightCss="16rem" />}
    </Dialog>
  );
}
