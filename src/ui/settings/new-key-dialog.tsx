import { useMutation, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useId, useState } from "react";
import type { CreatedKey, KeyScope, NewKey } from "../../sdk/wire.ts";
import { ask, Problem } from "../api/ask.ts";
import { Button } from "../components/button.tsx";
import { Dialog } from "../components/dialog.tsx";
import { Checkbox, SelectField, TextField } from "../components/field.tsx";
import { ProblemBox } from "../components/problem-box.tsx";
import { componentTexts } from "../components/texts.ts";
import { useTexts } from "../i18n/language.tsx";
import { keysQuery } from "./keys-query.ts";
import { settingsTexts } from "./texts.ts";

const day = 86_400_000;
const lives = { never: null, day, week: 7 * day, month: 30 * day, year: 365 * day } as const;
type Life = keyof typeof lives;
const scopeNames = ["publish", "read", "manage", "admin"] as const;

interface NewKeyDialogProps {
  readonly isOpen: boolean;
  readonly onClose: () => void;
  readonly onMade: (key: CreatedKey) => void;
}

export function NewKeyDialog(props: NewKeyDialogProps) {
  const t = useTexts(settingsTexts);
  const common = useTexts(componentTexts);
  const formId = useId();
  const queryClient = useQueryClient();
  const [name, setName] = useState("");
  const [tenant, setTenant] = useState("");
  const [life, setLife] = useState<Life>("never");
  const [scopes, setScopes] = useState<readonly KeyScope[]>(["publish", "read"]);
  const making = useMutation({
    mutationFn: () => {
      const lifeMs = lives[life];
      const body: NewKey = {
        name: name.trim(),
        scopes,
        ...(tenant.trim() !== "" && { tenant: tenant.trim() }),
        ...(lifeMs !== null && { expires_at: new Date(Date.now() + lifeMs).toISOString() }),
      };
      return ask<CreatedKey>("POST /v1/keys", { body });
    },
    onSuccess: (key) => {
      void queryClient.invalidateQueries({ queryKey: keysQuery });
      setName("");
      props.onMade(key);
    },
  });
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    making.mutate();
  };
  const about: Readonly<Record<KeyScope, string>> = {
    publish: t.scopePublish,
    read: t.scopeRead,
    manage: t.scopeManage,
    admin: t.scopeAdmin,
  };
  const wrong = (field: string): string | null =>
    making.error instanceof Problem && making.error.field === field ? making.error.message : null;
  const lifeTexts: Readonly<Record<Life, string>> = {
    never: t.never,
    day: t.lifeDay,
    week: t.lifeWeek,
    month: t.lifeMonth,
    year: t.lifeYear,
  };
  return (
    <Dialog
      title={t.makeKey}
      isOpen={props.isOpen}
      onClose={props.onClose}
      actions={
        <>
          <Button onClick={props.onClose}>{common.cancel}</Button>
          <Button type="submit" form={formId} look="primary" busy={making.isPending} disabled={scopes.length === 0}>
            {t.make}
          </Button>
        </>
      }
    >
      <form id={formId} onSubmit={submit} className="flex flex-col gap-4">
        <TextField
          label={t.name}
          hint={t.nameHint}
          error={wrong("/name")}
          required
          value={name}
          onChange={(event) => setName(event.target.value)}
        />
        <fieldset className="flex flex-col gap-2">
          <legend className="mb-1 text-sm font-medium">{t.scopes}</legend>
          {scopeNames.map((scope) => (
            <Checkbox
              key={scope}
              label={scope}
              hint={about[scope]}
              checked={scopes.includes(scope)}
              onChange={(event) =>
                setScopes(event.target.checked ? [...scopes, scope] : scopes.filter((one) => one !== scope))
              }
            />
          ))}
        </fieldset>
        <TextField
          label={t.tenant}
          hint={t.tenantHint}
          error={wrong("/tenant")}
          value={tenant}
          onChange={(event) => setTenant(event.target.value)}
        />
        <SelectField label={t.expires} value={life} onChange={(event) => setLife(event.target.value as Life)}>
          {(Object.keys(lives) as Life[]).map((one) => (
            <option key={one} value={one}>
              {lifeTexts[one]}
            </option>
          ))}
        </SelectField>
        {making.isError && wrong("/name") === null && wrong("/tenant") === null && <ProblemBox error={making.error} />}
      </form>
    </Dialog>
  );
}
