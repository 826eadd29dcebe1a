import { useMutation } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import type { Bin, NewBinAnswer } from "../../sdk/wire-bins.ts";
import { ask } from "../api/ask.ts";
import { Button } from "../components/button.tsx";
import { Dialog } from "../components/dialog.tsx";
import { SelectField, TextArea, TextField } from "../components/field.tsx";
import { ProblemBox } from "../components/problem-box.tsx";
import { useToast } from "../components/toast.tsx";
import { useTexts } from "../i18n/language.tsx";
import { type AnswerStep, answerOf, type Preset, presets, stepOf } from "./answer-steps.ts";
import { binPath, useChangeBin } from "./bin-queries.ts";
import { settingTexts } from "./setting-texts.ts";
import { binTexts } from "./texts.ts";

interface DialogProps {
  readonly bin: Bin;
  readonly isOpen: boolean;
  readonly onClose: () => void;
}

/** What a bin answers: one answer, or a sequence of them. */
export function AnswerEditor({ bin, isOpen, onClose }: DialogProps) {
  const t = useTexts(settingTexts);
  const { save: saveWord } = useTexts(binTexts);
  const toast = useToast();
  const [steps, setSteps] = useState<readonly AnswerStep[]>([]);
  const [wrongLine, setWrongLine] = useState<string | null>(null);
  const change = useChangeBin(bin.id);
  const reset = useMutation({
    mutationFn: () => ask(`POST ${binPath(bin.id)}/reset`, { body: {} }),
    onSuccess: () => toast.tell(t.resetDone),
  });
  // biome-ignore lint/correctness/useExhaustiveDependencies: what is being edited stays while the bin is read again
  useEffect(() => {
    if (!isOpen) return;
    setSteps((bin.answer.length === 0 ? presets.ok : bin.answer).map(stepOf));
    setWrongLine(null);
    change.reset();
  }, [isOpen]);
  const save = (): void => {
    const answers = steps.map(answerOf);
    const wrong = answers.find((answer) => "wrongLine" in answer);
    setWrongLine(wrong?.wrongLine ?? null);
    if (wrong === undefined) change.mutate({ answer: answers as NewBinAnswer[] }, { onSuccess: onClose });
  };
  const put = (step: AnswerStep): void => setSteps(steps.map((one) => (one.key === step.key ? step : one)));
  return (
    <Dialog
      title={t.answerTitle}
      isOpen={isOpen}
      onClose={onClose}
      isWide
      actions={
        <>
          <Button busy={reset.isPending} onClick={() => reset.mutate()}>
            {t.reset}
          </Button>
          <Button look="primary" busy={change.isPending} onClick={save}>
            {saveWord}
          </Button>
        </>
      }
    >
      <p className="text-muted">{t.answerHint}</p>
      <PresetField onPreset={(preset) => setSteps(presets[preset].map(stepOf))} />
      {steps.map((step, index) => (
        <Step
          key={step.key}
          step={step}
          number={index + 1}
          isLast={index === steps.length - 1}
          onChange={put}
          onRemove={steps.length === 1 ? null : () => setSteps(steps.filter(({ key }) => key !== step.key))}
        />
      ))}
      <div>
        <Button onClick={() => setSteps([...steps, stepOf({ status: 200 })])}>{t.addStep}</Button>
      </div>
      {wrongLine !== null && (
        <p role="alert" className="text-bad">
          {t.headerWrong(wrongLine)}
        </p>
      )}
      {change.error !== null && <ProblemBox error={change.error} />}
    </Dialog>
  );
}

function PresetField({ onPreset }: { readonly onPreset: (preset: Preset) => void }) {
  const t = useTexts(settingTexts);
  const names: readonly (readonly [Preset, string])[] = [
    ["ok", t.presetOk],
    ["json", t.presetJson],
    ["failTwice", t.presetFailTwice],
    ["timeout", t.presetTimeout],
    ["tooMany", t.presetTooMany],
    ["redirect", t.presetRedirect],
    ["gone", t.presetGone],
  ];
  return (
    <SelectField
      label={t.preset}
      defaultValue=""
      onChange={(event) => event.target.value !== "" && onPreset(event.target.value as Preset)}
    >
      <option value="">{t.presetOwn}</option>
      {names.map(([preset, name]) => (
        <option key={preset} value={preset}>
          {name}
        </option>
      ))}
    </SelectField>
  );
}

interface StepProps {
  readonly step: AnswerStep;
  readonly number: number;
  readonly isLast: boolean;
  readonly onChange: (step: AnswerStep) => void;
  readonly onRemove: (() => void) | null;
}

function Step({ step, number, isLast, onChange, onRemove }: StepProps) {
  const t = useTexts(settingTexts);
  const { body } = useTexts(binTexts);
  return (
    <fieldset className="flex min-w-0 flex-col gap-3 rounded-md border border-line p-3">
      <legend className="px-1 font-medium">{t.step(String(number))}</legend>
      <div className="grid gap-3 sm:grid-cols-3">
        <TextField
          type="number"
          label={t.status}
          min={200}
          max={599}
          value={step.status}
          onChange={(event) => onChange({ ...step, status: event.target.value })}
        />
        <TextField
          type="number"
          label={t.times}
          min={1}
          max={10_000}
          disabled={isLast}
          value={isLast ? "" : step.times}
          placeholder={isLast ? "∞" : ""}
          onChange={(event) => onChange({ ...step, times: event.target.value })}
        />
        <TextField
          type="number"
          label={t.delay}
          min={0}
          max={30_000}
          step={50}
          value={step.delayMs}
          onChange={(event) => onChange({ ...step, delayMs: event.target.value })}
        />
      </div>
      <div className="grid gap-3 sm:grid-cols-2">
        <TextArea
          label={t.headersField}
          rows={3}
          placeholder="content-type: application/json"
          value={step.headers}
          onChange={(event) => onChange({ ...step, headers: event.target.value })}
        />
        <TextArea
          label={body}
          rows={3}
          value={step.body}
          onChange={(event) => onChange({ ...step, body: event.target.value })}
        />
      </div>
      {onRemove !== null && (
        <div>
          <Button look="quiet" onClick={onRemove}>
            {t.removeStep}
          </Button>
        </div>
      )}
    </fieldset>
  );
}
