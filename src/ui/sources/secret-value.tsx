import { useState } from "react";
import { Button } from "../components/button.tsx";
import { CopyButton } from "../components/copy-button.tsx";
import { useTexts } from "../i18n/language.tsx";
import { secretTexts } from "./secret-texts.ts";

/** Hidden until it is asked for; copied without being shown. */
export function SecretValue({ secret }: { readonly secret: string }) {
  const t = useTexts(secretTexts);
  const [isShown, setShown] = useState(false);
  return (
    <span className="flex min-w-0 flex-wrap items-center gap-1">
      <code className="min-w-0 font-mono text-[13px]">{isShown ? secret : "••••••••••••"}</code>
      <Button look="quiet" aria-pressed={isShown} onClick={() => setShown(!isShown)}>
        {isShown ? t.hide : t.show}
      </Button>
      <CopyButton text={secret} />
    </span>
  );
}
