import { useId, useState } from "react";
import type { Endpoint } from "../../../sdk/wire.ts";
import { Button } from "../../components/button.tsx";
import { Dialog } from "../../components/dialog.tsx";
import { useFormats } from "../../i18n/formats.ts";
import { useTexts } from "../../i18n/language.tsx";
import { useEndpointAct } from "../endpoint-queries.ts";
import { detailTexts } from "./texts.ts";

interface ResumeDialogProps {
  readonly endpoint: Endpoint;
  readonly isOpen: boolean;
  readonly onClose: () => void;
}

/** It goes on from where it stood, or leaves out what it missed. */
export function ResumeDialog({ endpoint, isOpen, onClose }: ResumeDialogProps) {
  const t = useTexts(detailTexts);
  const formats = useFormats();
  const name = useId();
  const [from, setFrom] = useState<"cursor" | "latest">("cursor");
  const act = useEndpointAct(endpoint.id);
  const choices = [
    { value: "cursor", title: t.fromCursor, hint: t.fromCursorHint(formats.number(endpoint.lag)) },
    { value: "latest", title: t.fromLatest, hint: t.fromLatestHint },
  ] as const;
  return (
    <Dialog
      title={endpoint.status === "paused" ? t.resumeTitle : t.enableTitle}
      isOpen={isOpen}
      onClose={onClose}
      actions={
        <Button
          look="primary"
          busy={act.isPending}
          onClick={() => act.mutate({ act: "resume", body: { from }, done: t.resumedNow, onDone: onClose })}
        >
          {endpoint.status === "paused" ? t.resume : t.enable}
        </Button>
      }
    >
      <fieldset className="flex flex-col gap-3">
        <legend className="mb-2">{t.resumeWhere}</legend>
        {choices.map(({ value, title, hint }) => (
          <label key={value} className="flex items-start gap-2">
            <input
              type="radio"
              name={name}
              className="mt-1 accent-accent"
              checked={from === value}
              onChange={() => setFrom(value)}
            />
            <span>
              {title}
              <span className="block text-xs text-muted">{hint}</span>
            </span>
          </label>
        ))}
      </fieldset>
    </Dialog>
  );
}
