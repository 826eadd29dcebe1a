/** What an endpoint's deliveries are signed with: asked for when it is to be seen, and forgotten when it is hidden. */
import { useState } from "react";
import type { Endpoint, EndpointSecrets } from "../../../sdk/wire.ts";
import { ask } from "../../api/ask.ts";
import { Button } from "../../components/button.tsx";
import { CopyButton } from "../../components/copy-button.tsx";
import { Confirm } from "../../components/dialog.tsx";
import { EmptyState } from "../../components/empty-state.tsx";
import { Facts } from "../../components/facts.tsx";
import { Card } from "../../components/page.tsx";
import { Time } from "../../components/time.tsx";
import { useToast } from "../../components/toast.tsx";
import { useTexts } from "../../i18n/language.tsx";
import { endpointPath } from "../endpoint-queries.ts";
import type { OfEndpoint } from "./of-endpoint.ts";
import { RotateDialog } from "./rotate-dialog.tsx";
import { secretTexts } from "./secret-texts.ts";

const hidden = "••••••••••••••••••••••••";

export function SecretsPanel({ scope, endpoint }: OfEndpoint) {
  const t = useTexts(secretTexts);
  const toast = useToast();
  const [shown, setShown] = useState<EndpointSecrets | null>(null);
  const [isBusy, setIsBusy] = useState(false);
  const [asked, setAsked] = useState<"rotate" | "expire" | null>(null);
  const { scheme } = endpoint.signing;
  const reveal = async (): Promise<void> => {
    setIsBusy(true);
    try {
      setShown(await ask<EndpointSecrets>(`GET ${endpointPath(endpoint.id)}/secrets`));
    } catch (error) {
      toast.tell((error as Error).message, "bad");
    }
    setIsBusy(false);
  };
  const expire = async (): Promise<void> => {
    if (shown === null) return;
    setIsBusy(true);
    try {
      await ask(`PATCH ${endpointPath(endpoint.id)}`, { body: { secrets: shown.secrets } });
      setShown({ ...shown, retiring: [] });
      toast.tell(t.expired);
      setAsked(null);
    } catch (error) {
      toast.tell((error as Error).message, "bad");
    }
    setIsBusy(false);
  };
  if (scheme === "none") {
    return <EmptyState title={t.unsigned}>{t.unsignedHint}</EmptyState>;
  }
  const rotate = scope.rights.manage && <Button onClick={() => setAsked("rotate")}>{t.rotate}</Button>;
  return (
    <div className="flex max-w-4xl flex-col gap-4">
      <Card title={t.title} actions={rotate}>
        <div className="flex flex-col gap-3">
          <p className="text-muted">{t.hint(scheme)}</p>
          <Secrets shown={shown} />
          <div className="flex flex-wrap gap-2">
            {shown === null ? (
              <Button look="primary" busy={isBusy} onClick={reveal}>
                {t.reveal}
              </Button>
            ) : (
              <Button onClick={() => setShown(null)}>{t.hide}</Button>
            )}
            {shown !== null && shown.retiring.length > 0 && (
              <Button look="danger" onClick={() => setAsked("expire")}>
                {t.expire}
              </Button>
            )}
          </div>
        </div>
      </Card>
      {endpoint.signing_keys.length > 0 && <PublicKeys endpoint={endpoint} />}
      <RotateDialog
        endpoint={endpoint}
        isOpen={asked === "rotate"}
        onClose={() => setAsked(null)}
        onRotated={(secrets) => setShown(secrets)}
      />
      <Confirm
        title={t.expireTitle}
        isOpen={asked === "expire"}
        onClose={() => setAsked(null)}
        action={t.expire}
        isBusy={isBusy}
        onConfirm={expire}
      >
        <p>{t.expireHint}</p>
      </Confirm>
    </div>
  );
}

function Secrets({ shown }: { readonly shown: EndpointSecrets | null }) {
  const t = useTexts(secretTexts);
  if (shown === null) return <Secret text={null} />;
  if (shown.secrets.length === 0) return <p>{t.keptPrivate}</p>;
  return (
    <ul className="flex flex-col gap-2" aria-label={t.title}>
      {shown.secrets.map((secret) => (
        <li key={secret}>
          <Secret text={secret} />
        </li>
      ))}
      {shown.retiring.map(({ secret, expires_at: expiresAt }) => (
        <li key={secret} className="flex flex-col gap-1">
          <Secret text={secret} isOld />
          <p className="text-xs text-warn">
            {t.signsUntil} <Time at={expiresAt} />
          </p>
        </li>
      ))}
    </ul>
  );
}

function Secret({ text, isOld = false }: { readonly text: string | null; readonly isOld?: boolean }) {
  return (
    <div className="flex min-h-11 items-center gap-2 rounded-md border border-line bg-sunken px-3 py-1">
      <code className={`min-w-0 flex-1 text-[13px] break-all ${isOld ? "text-muted" : ""}`}>{text ?? hidden}</code>
      {text !== null && <CopyButton text={text} />}
    </div>
  );
}

/** Of schemes whose receivers verify by a key that has a name. */
function PublicKeys({ endpoint }: { readonly endpoint: Endpoint }) {
  const t = useTexts(secretTexts);
  return (
    <Card title={t.keys}>
      <ul className="flex flex-col gap-4">
        {endpoint.signing_keys.map((key) => (
          <li key={key.key_id}>
            <Facts
              facts={[
                [t.keyId, <code key="id">{key.key_id}</code>],
                [t.algorithm, key.algorithm],
                [t.publicKey, <PublicKey key="public" text={key.public_key} />],
                [t.signsUntil, <Time key="until" at={key.expires_at} />],
              ]}
            />
          </li>
        ))}
      </ul>
    </Card>
  );
}

function PublicKey({ text }: { readonly text: string | null }) {
  if (text === null) return "—";
  return (
    <span className="flex items-center gap-2">
      <code className="min-w-0 flex-1 break-all">{text}</code>
      <CopyButton text={text} />
    </span>
  );
}
