/** Has the server send the source what its provider would. */
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useId, useState } from "react";
import { useSearchParams } from "wouter";
import type { Source, SourceTested } from "../../sdk/wire.ts";
import { ask } from "../api/ask.ts";
import { Button } from "../components/button.tsx";
import { Dialog } from "../components/dialog.tsx";
import { Checkbox, SelectField } from "../components/field.tsx";
import { ProblemBox } from "../components/problem-box.tsx";
import { componentTexts } from "../components/texts.ts";
import { useTexts } from "../i18n/language.tsx";
import { sourcePath, useSchemes } from "./source-queries.ts";
import { sourcesTexts } from "./texts.ts";

interface TestDialogProps {
  readonly source: Source;
  readonly isOpen: boolean;
  readonly onClose: () => void;
}

export function TestDialog({ source, isOpen, onClose }: TestDialogProps) {
  const t = useTexts(sourcesTexts);
  const common = useTexts(componentTexts);
  const formId = useId();
  const queries = useQueryClient();
  const { data: schemes = [] } = useSchemes();
  const words = schemes.find(({ name }) => name === source.scheme.preset)?.test_events ?? [];
  const [event, setEvent] = useState("");
  const [isForged, setForged] = useState(false);
  const sending = useMutation({
    mutationFn: () =>
      ask<SourceTested>(`POST ${sourcePath(source.name)}/test`, {
        body: { ...(event !== "" && { event }), ...(isForged && { forged: true }) },
      }),
    onSettled: () => queries.invalidateQueries({ queryKey: ["source"] }),
  });
  const close = (): void => {
    sending.reset();
    onClose();
  };
  return (
    <Dialog
      title={t.test}
      isOpen={isOpen}
      onClose={close}
      actions={
        <>
          <Button onClick={close}>{common.close}</Button>
          <Button type="submit" form={formId} look="primary" busy={sending.isPending}>
            {t.testSend}
          </Button>
        </>
      }
    >
      <form
        id={formId}
        onSubmit={(submitted) => {
          submitted.preventDefault();
          sending.mutate();
        }}
        className="flex flex-col gap-4"
      >
        <p className="text-muted">{t.testAbout}</p>
        {words.length > 0 && (
          <SelectField label={t.testEvent} value={event} onChange={(changed) => setEvent(changed.target.value)}>
            {words.map((word, index) => (
              <option key={word} value={index === 0 ? "" : word}>
                {word}
              </option>
            ))}
          </SelectField>
        )}
        {!source.scheme.unverified && (
          <Checkbox label={t.testWrong} checked={isForged} onChange={(changed) => setForged(changed.target.checked)} />
        )}
      </form>
      {sending.isError && <ProblemBox error={sending.error} />}
      {sending.data !== undefined && <Outcome tested={sending.data} onSeen={close} />}
    </Dialog>
  );
}

function Outcome({ tested, onSeen }: { readonly tested: SourceTested; readonly onSeen: () => void }) {
  const t = useTexts(sourcesTexts);
  const [, setParameters] = useSearchParams();
  const status = String(tested.status);
  const see = (tab: string): void => {
    onSeen();
    setParameters({ tab });
  };
  return (
    <div
      role="status"
      className={`flex flex-col items-start gap-2 rounded-md p-3 ${tested.taken ? "bg-good-soft text-good" : "bg-bad-soft text-bad"}`}
    >
      <p className="font-medium">{tested.taken ? t.testTaken(status) : t.testRefused(status)}</p>
      {tested.detail !== null && <p lang="en">{tested.detail}</p>}
      <Button onClick={() => see(tested.taken ? "events" : "rejected")}>
        {tested.taken ? t.testSee : t.testSeeRefused}
      </Button>
    </div>
  );
}
