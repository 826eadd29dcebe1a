import { useMutation, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useEffect, useId, useState } from "react";
import type { PortalLink } from "../../sdk/wire.ts";
import { ask } from "../api/ask.ts";
import { Button } from "../components/button.tsx";
import { Dialog } from "../components/dialog.tsx";
import { SelectField, TextField } from "../components/field.tsx";
import { ProblemBox } from "../components/problem-box.tsx";
import { componentTexts } from "../components/texts.ts";
import { useTexts } from "../i18n/language.tsx";
import { useTenant } from "../shell/tenant.tsx";
import { keysQuery } from "./keys-query.ts";
import { ShownOnce } from "./shown-once.tsx";
import { settingsTexts } from "./texts.ts";

const hour = 3_600_000;
const lives = { hour, day: 24 * hour, week: 7 * 24 * hour, month: 30 * 24 * hour } as const;
type Life = keyof typeof lives;

interface PortalLinkDialogProps {
  readonly isOpen: boolean;
  readonly onClose: () => void;
}

/** A link that shows one tenant its own endpoints and events, to be handed on. */
export function PortalLinkDialog({ isOpen, onClose }: PortalLinkDialogProps) {
  const t = useTexts(settingsTexts);
  const common = useTexts(componentTexts);
  const formId = useId();
  const queryClient = useQueryClient();
  const { tenant: current, canChoose } = useTenant();
  const [tenant, setTenant] = useState(current);
  const [life, setLife] = useState<Life>("hour");
  const making = useMutation({
    mutationFn: () =>
      ask<PortalLink>("POST /v1/portal-links", { body: { tenant: tenant.trim(), expires_in_ms: lives[life] } }),
    onSuccess: () => void queryClient.invalidateQueries({ queryKey: keysQuery }),
  });
  const { reset } = making;
  useEffect(() => {
    if (!isOpen) return;
    setTenant(current);
    reset();
  }, [isOpen, current, reset]);
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    making.mutate();
  };
  const lifeTexts: Readonly<Record<Life, string>> = {
    hour: t.lifeHour,
    day: t.lifeDay,
    week: t.lifeWeek,
    month: t.lifeMonth,
  };
  if (making.data !== undefined) {
    return (
      <ShownOnce title={t.linkMade(making.data.tenant)} text={isOpen ? making.data.url : null} onClose={onClose} />
    );
  }
  return (
    <Dialog
      title={t.makeLink}
      isOpen={isOpen}
      onClose={onClose}
      actions={
        <>
          <Button onClick={onClose}>{common.cancel}</Button>
          <Button type="submit" form={formId} look="primary" busy={making.isPending}>
            {t.make}
          </Button>
        </>
      }
    >
      <form id={formId} onSubmit={submit} className="flex flex-col gap-4">
        <p className="text-muted">{t.linkAbout}</p>
        <TextField
          label={t.tenant}
          required
          disabled={!canChoose}
          value={tenant}
          onChange={(event) => setTenant(event.target.value)}
        />
        <SelectField label={t.linkLife} value={life} onChange={(event) => setLife(event.target.value as Life)}>
          {(Object.keys(lives) as Life[]).map((one) => (
            <option key={one} value={one}>
              {lifeTexts[one]}
            </option>
          ))}
        </SelectField>
        {making.isError && <ProblemBox error={making.error} />}
      </form>
    </Dialog>
  );
}
