import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import type { Endpoint, EndpointSecrets } from "../../../sdk/wire.ts";
import { ask, Problem } from "../../api/ask.ts";
import { Button } from "../../components/button.tsx";
import { Dialog } from "../../components/dialog.tsx";
import { SelectField, TextField } from "../../components/field.tsx";
import { ProblemBox } from "../../components/problem-box.tsx";
import { useToast } from "../../components/toast.tsx";
import { useTexts } from "../../i18n/language.tsx";
import { endpointPath, forgetEndpoint } from "../endpoint-queries.ts";
import { secretTexts } from "./secret-texts.ts";

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;

interface RotateDialogProps {
  readonly endpoint: Endpoint;
  readonly isOpen: boolean;
  readonly onClose: () => void;
  readonly onRotated: (secrets: EndpointSecrets) => void;
}

/** A new secret takes over; the old one signs beside it for a while. */
export function RotateDialog({ endpoint, isOpen, onClose, onRotated }: RotateDialogProps) {
  const t = useTexts(secretTexts);
  const queries = useQueryClient();
  const toast = useToast();
  const [graceMs, setGraceMs] = useState(dayMs);
  const [secret, setSecret] = useState("");
  const [error, setError] = useState<unknown>(null);
  const [isBusy, setIsBusy] = useState(false);
  const rotate = async (): Promise<void> => {
    setIsBusy(true);
    setError(null);
    try {
      const body = { grace_ms: graceMs, ...(secret !== "" && { secret }) };
      onRotated(await ask<EndpointSecrets>(`POST ${endpointPath(endpoint.id)}/secrets/rotate`, { body }));
      forgetEndpoint(queries, endpoint.id);
      toast.tell(t.rotated);
      setSecret("");
      onClose();
    } catch (refusal) {
      setError(refusal);
    }
    setIsBusy(false);
  };
  const isOfSecret = error instanceof Problem && error.field === "/secret";
  return (
    <Dialog
      title={t.rotateTitle}
      isOpen={isOpen}
      onClose={onClose}
      actions={
        <>
          <Button onClick={onClose}>{t.cancel}</Button>
          <Button look="primary" busy={isBusy} onClick={rotate}>
            {t.rotateNow}
          </Button>
        </>
      }
    >
      <p>{t.rotateHint}</p>
      <SelectField label={t.grace} value={graceMs} onChange={(event) => setGraceMs(Number(event.target.value))}>
        <option value={0}>{t.graceNone}</option>
        <option value={hourMs}>{t.graceHour}</option>
        <option value={dayMs}>{t.graceDay}</option>
        <option value={7 * dayMs}>{t.graceWeek}</option>
        <option value={30 * dayMs}>{t.graceMonth}</option>
      </SelectField>
      <TextField
        label={t.ownSecret}
        placeholder={t.madeByServer}
        className="font-mono"
        autoComplete="off"
        spellCheck={false}
        value={secret}
        onChange={(event) => setSecret(event.target.value)}
        error={isOfSecret ? (error as Problem).message : null}
      />
      {error !== null && !isOfSecret && <ProblemBox error={error} />}
    </Dialog>
  );
}
