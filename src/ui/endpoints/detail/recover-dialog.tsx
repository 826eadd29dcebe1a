/** Sends again what failed: counted first. */
import { useState } from "react";
import { useLocation } from "wouter";
import type { Endpoint } from "../../../sdk/wire.ts";
import { Button } from "../../components/button.tsx";
import { Dialog } from "../../components/dialog.tsx";
import { ProblemBox } from "../../components/problem-box.tsx";
import { useToast } from "../../components/toast.tsx";
import { useFormats } from "../../i18n/formats.ts";
import { useTexts } from "../../i18n/language.tsx";
import { PlaceField } from "../place-field.tsx";
import type { EndpointScope } from "../scope.ts";
import { replayTexts } from "./replay-texts.ts";
import { useCounted } from "./use-counted.ts";

interface RecoverDialogProps {
  readonly scope: EndpointScope;
  readonly endpoint: Endpoint;
  readonly isOpen: boolean;
  readonly onClose: () => void;
}

export function RecoverDialog({ scope, endpoint, isOpen, onClose }: RecoverDialogProps) {
  const t = useTexts(replayTexts);
  const formats = useFormats();
  const toast = useToast();
  const [, go] = useLocation();
  const [since, setSince] = useState("earliest");
  const counted = useCounted(endpoint);
  const { replay } = counted;
  const isCounted = replay?.status === "counted";
  const close = (): void => {
    counted.forget();
    onClose();
  };
  const send = async (): Promise<void> => {
    if (replay === null || !(await counted.send("recover", { since: replay.from, until: replay.to }))) return;
    toast.tell(t.started);
    close();
    go(`${scope.base}/${endpoint.id}?tab=replay`);
  };
  return (
    <Dialog
      title={t.recoverTitle}
      isOpen={isOpen}
      onClose={close}
      actions={
        isCounted ? (
          <>
            <Button onClick={counted.forget}>{t.change}</Button>
            <Button look="primary" busy={counted.isBusy} disabled={replay.matched === 0} onClick={send}>
              {t.sendAgain(formats.number(replay.matched))}
            </Button>
          </>
        ) : (
          <Button look="primary" busy={counted.isBusy} onClick={() => counted.count("recover", { since })}>
            {t.count}
          </Button>
        )
      }
    >
      <p>{t.recoverHint}</p>
      <PlaceField
        label={t.since}
        value={since}
        onChange={(place) => {
          counted.forget();
          setSince(place);
        }}
      />
      {replay !== null && <p role="status">{t.recoverable(formats.number(replay.matched))}</p>}
      {counted.error !== null && <ProblemBox error={counted.error} />}
    </Dialog>
  );
}
