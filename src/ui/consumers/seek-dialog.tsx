/** Moves a consumer: says first how many events would be read again, or never. */
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import type { Consumer, SeekTarget } from "../../sdk/wire.ts";
import { ask } from "../api/ask.ts";
import { Button } from "../components/button.tsx";
import { Dialog } from "../components/dialog.tsx";
import { ProblemBox } from "../components/problem-box.tsx";
import { componentTexts } from "../components/texts.ts";
import { useDebounced } from "../endpoints/form/use-debounced.ts";
import { PlaceField } from "../endpoints/place-field.tsx";
import { useFormats } from "../i18n/formats.ts";
import { useTexts } from "../i18n/language.tsx";
import { consumerPath, useConsumerAct } from "./consumer-queries.ts";
import { consumersTexts } from "./texts.ts";

interface SeekDialogProps {
  readonly consumer: Consumer;
  readonly isOpen: boolean;
  readonly onClose: () => void;
}

export function SeekDialog({ consumer, isOpen, onClose }: SeekDialogProps) {
  const t = useTexts(consumersTexts);
  const common = useTexts(componentTexts);
  const [to, setTo] = useState("earliest");
  const rested = useDebounced(to);
  const { name, tenant, cursor } = consumer;
  const path = `${consumerPath(name)}/seek` as const;
  const measured = useQuery({
    queryKey: ["consumer", tenant, name, "measured", { to: rested, cursor }],
    queryFn: ({ signal }) =>
      ask<{ readonly target: SeekTarget }>(`POST ${path}`, {
        query: { tenant },
        body: { to: rested, dry_run: true },
        signal,
      }),
    enabled: isOpen && rested !== "",
    placeholderData: keepPreviousData,
    retry: false,
  });
  const moving = useConsumerAct();
  const close = (): void => {
    moving.reset();
    onClose();
  };
  const move = (): void => moving.mutate({ act: `POST ${path}`, body: { to }, done: t.moved }, { onSuccess: close });
  return (
    <Dialog
      title={t.seekTitle(name)}
      isOpen={isOpen}
      onClose={close}
      actions={
        <>
          <Button onClick={close}>{common.cancel}</Button>
          <Button look="primary" busy={moving.isPending} disabled={to === "" || measured.isError} onClick={move}>
            {t.move}
          </Button>
        </>
      }
    >
      <p className="text-muted">{t.seekAbout}</p>
      <PlaceField
        label={t.seekTo}
        hint={t.seekToHint}
        value={to}
        onChange={setTo}
        error={to !== "" && measured.isError ? measured.error.message : null}
      />
      {measured.data !== undefined && !measured.isError && <Measured target={measured.data.target} />}
      {moving.isError && <ProblemBox error={moving.error} />}
    </Dialog>
  );
}

function Measured({ target }: { readonly target: SeekTarget }) {
  const t = useTexts(consumersTexts);
  const formats = useFormats();
  const { again_events: again, passed_events: passed } = target;
  return (
    <div role="status" className={`rounded-md p-3 ${passed > 0 ? "bg-warn-soft text-warn" : "bg-sunken"}`}>
      <p className="font-medium">
        {again > 0 && t.again(formats.number(again))}
        {passed > 0 && t.passed(formats.number(passed))}
        {again === 0 && passed === 0 && t.stays}
      </p>
      {(again > 0 || passed > 0) && <p className="text-xs">{t.counted}</p>}
    </div>
  );
}
