import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { useLocation } from "wouter";
import type { Bin } from "../../sdk/wire-bins.ts";
import { ask } from "../api/ask.ts";
import { Button } from "../components/button.tsx";
import { Confirm, Dialog } from "../components/dialog.tsx";
import { Checkbox, SelectField, TextField } from "../components/field.tsx";
import { ProblemBox } from "../components/problem-box.tsx";
import { useTexts } from "../i18n/language.tsx";
import { binPath, useChangeBin } from "./bin-queries.ts";
import { settingTexts } from "./setting-texts.ts";
import { binTexts } from "./texts.ts";

const dayMs = 86_400_000;
const descriptionLengthMax = 512;

interface BinSettingsProps {
  readonly bin: Bin;
  readonly isOpen: boolean;
  readonly onClose: () => void;
}

export function BinSettings({ bin, isOpen, onClose }: BinSettingsProps) {
  const t = useTexts(settingTexts);
  const words = useTexts(binTexts);
  const change = useChangeBin(bin.id);
  const [description, setDescription] = useState(bin.description);
  const [cors, setCors] = useState(bin.cors);
  const [expiresInMs, setExpiresInMs] = useState("");
  const [isRemoving, setIsRemoving] = useState(false);
  // biome-ignore lint/correctness/useExhaustiveDependencies: what is being edited stays while the bin is read again
  useEffect(() => {
    setDescription(bin.description);
    setCors(bin.cors);
    setExpiresInMs("");
    change.reset();
  }, [isOpen]);
  const save = (): void =>
    change.mutate(
      { description, cors, ...(expiresInMs !== "" && { expires_in_ms: Number(expiresInMs) }) },
      { onSuccess: onClose },
    );
  return (
    <>
      <Dialog
        title={words.settings}
        isOpen={isOpen}
        onClose={onClose}
        actions={
          <>
            <Button
              look="danger"
              onClick={() => {
                onClose();
                setIsRemoving(true);
              }}
            >
              {t.remove}
            </Button>
            <Button look="primary" busy={change.isPending} onClick={save}>
              {words.save}
            </Button>
          </>
        }
      >
        <TextField
          label={words.description}
          maxLength={descriptionLengthMax}
          value={description}
          onChange={(event) => setDescription(event.target.value)}
        />
        <SelectField label={t.lasts} value={expiresInMs} onChange={(event) => setExpiresInMs(event.target.value)}>
          <option value="">{t.keep}</option>
          <option value={dayMs}>{t.day}</option>
          <option value={7 * dayMs}>{t.week}</option>
          <option value={30 * dayMs}>{t.month}</option>
        </SelectField>
        <Checkbox label={t.cors} hint={t.corsHint} checked={cors} onChange={(event) => setCors(event.target.checked)} />
        {change.error !== null && <ProblemBox error={change.error} />}
      </Dialog>
      <RemoveBin bin={bin} isOpen={isRemoving} onClose={() => setIsRemoving(false)} />
    </>
  );
}

function RemoveBin({ bin, isOpen, onClose }: BinSettingsProps) {
  const t = useTexts(settingTexts);
  const client = useQueryClient();
  const [, go] = useLocation();
  const remove = useMutation({
    mutationFn: () => ask(`DELETE ${binPath(bin.id)}`),
    onSuccess: async () => {
      go("/bins");
      client.removeQueries({ queryKey: ["bin", bin.id] });
      await client.invalidateQueries({ queryKey: ["bins"] });
    },
  });
  return (
    <Confirm
      title={t.removeTitle}
      isOpen={isOpen}
      onClose={onClose}
      action={t.remove}
      isBusy={remove.isPending}
      onConfirm={() => remove.mutate()}
    >
      <p>{t.removeText}</p>
      {remove.error !== null && <ProblemBox error={remove.error} />}
    </Confirm>
  );
}
