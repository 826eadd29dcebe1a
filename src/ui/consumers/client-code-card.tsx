import { useState } from "react";
import type { Consumer } from "../../sdk/wire.ts";
import { useSession } from "../api/session.ts";
import { CodeBlock } from "../components/code-block.tsx";
import { Card } from "../components/page.tsx";
import { Tabs } from "../components/tabs.tsx";
import { useTexts } from "../i18n/language.tsx";
import { curlOf, typeScriptOf } from "./client-code.ts";
import { consumersTexts } from "./texts.ts";

const kinds = {
  typescript: { title: "TypeScript", write: typeScriptOf },
  curl: { title: "curl", write: curlOf },
} as const;
type Kind = keyof typeof kinds;

/** To be pasted where it is to be read. */
export function ClientCode({ consumer }: { readonly consumer: Consumer }) {
  const t = useTexts(consumersTexts);
  const [kind, setKind] = useState<Kind>("typescript");
  const url = useSession().data?.public_url ?? location.origin;
  return (
    <Card title={t.code}>
      <p className="mb-2 text-sm text-muted">{t.codeHint}</p>
      <Tabs
        label={t.code}
        tabs={(Object.keys(kinds) as Kind[]).map((key) => ({ key, title: kinds[key].title }))}
        chosen={kind}
        onChoose={setKind}
      >
        <CodeBlock label={t.code} text={kinds[kind].write(consumer, url)} />
      </Tabs>
    </Card>
  );
}
