import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import type { CreatedKey, Key } from "../../sdk/wire.ts";
import { ask } from "../api/ask.ts";
import { useSession } from "../api/session.ts";
import { Button } from "../components/button.tsx";
import { Confirm, Dialog } from "../components/dialog.tsx";
import { Facts } from "../components/facts.tsx";
import { SelectField } from "../components/field.tsx";
import { ProblemBox } from "../components/problem-box.tsx";
import { Time } from "../components/time.tsx";
import { useToast } from "../components/toast.tsx";
import { useTexts } from "../i18n/language.tsx";
import { keysQuery } from "./keys-query.ts";
import { settingsTexts } from "./texts.ts";

const hour = 3_600_000;
const graces = { none: 0, hour, day: 24 * hour, week: 7 * 24 * hour } as const;
type Grace = keyof typeof graces;

interface KeyDialogProps {
  /** Null shows nothing. */
  readonly shown: Key | null;
  readonly onClose: () => void;
  readonly onRotated: (key: CreatedKey) => void;
}

/** One key: what it may do, a new text for it, and its end. */
export function KeyDialog({ shown, onClose, onRotated }: KeyDialogProps) {
  const t = useTexts(settingsTexts);
  const toast = useToast();
  const queryClient = useQueryClient();
  const own = useSession().data?.key?.id;
  const [grace, setGrace] = useState<Grace>("day");
  const [isRevoking, setIsRevoking] = useState(false);
  const changed = (): void => void queryClient.invalidateQueries({ queryKey: keysQuery });
  const rotating = useMutation({
    mutationFn: (id: string) => ask<CreatedKey>(`POST /v1/keys/${id}/rotate`, { body: { grace_ms: graces[grace] } }),
    onSuccess: (key) => {
      changed();
      onRotated(key);
    },
  });
  const revoking = useMutation({
    mutationFn: (id: string) => ask<null>(`DELETE /v1/keys/${id}`),
    onSuccess: () => {
      changed();
      toast.tell(t.revoked);
      onClose();
    },
    onSettled: () => setIsRevoking(false),
  });
  if (shown === null) return null;
  const isLink = shown.scopes.includes("portal");
  const graceTexts: Readonly<Record<Grace, string>> = {
    none: t.graceNone,
    hour: t.lifeHour,
    day: t.lifeDay,
    week: t.lifeWeek,
  };
  const close = (): void => {
    rotating.reset();
    revoking.reset();
    onClose();
  };
  return (
    <>
      <Dialog
        title={shown.name}
        isOpen={!isRevoking}
        onClose={() => !isRevoking && close()}
        actions={
          <Button look="danger" onClick={() => setIsRevoking(true)}>
            {t.revoke}
          </Button>
        }
      >
        <Facts
          facts={[
            ["ID", <code key="id">{shown.id}</code>],
            [t.scopes, shown.scopes.join(", ")],
            [t.tenant, shown.tenant ?? t.allTenants],
            [t.created, <Time key="created" at={shown.created_at} />],
            [t.rotated, <Time key="rotated" at={shown.rotated_at} />],
            [t.lastUsed, <Time key="used" at={shown.last_used_at} />],
            [t.expires, shown.expires_at === null ? t.never : <Time key="expires" at={shown.expires_at} />],
          ]}
        />
        {!isLink && shown.status === "active" && (
          <div className="flex flex-wrap items-end gap-2">
            <div className="w-44">
              <SelectField label={t.grace} value={grace} onChange={(event) => setGrace(event.target.value as Grace)}>
                {(Object.keys(graces) as Grace[]).map((one) => (
                  <option key={one} value={one}>
                    {graceTexts[one]}
                  </option>
                ))}
              </SelectField>
            </div>
            <Button busy={rotating.isPending} onClick={() => rotating.mutate(shown.id)}>
              {t.rotate}
            </Button>
          </div>
        )}
        {rotating.isError && <ProblemBox error={rotating.error} />}
        {revoking.isError && <ProblemBox error={revoking.error} />}
      </Dialog>
      <Confirm
        title={t.revokeTitle(shown.name)}
        isOpen={isRevoking}
        onClose={() => setIsRevoking(false)}
        action={t.revoke}
        isBusy={revoking.isPending}
        onConfirm={() => revoking.mutate(shown.id)}
      >
        <p>{t.revokeAbout}</p>
        {shown.id === own && <p className="font-medium text-bad">{t.revokeOwn}</p>}
      </Confirm>
    </>
  );
}
