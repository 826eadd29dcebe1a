import { useSession } from "../api/session.ts";
import { Facts } from "../components/facts.tsx";
import { Card } from "../components/page.tsx";
import { Sentence } from "../components/sentence.tsx";
import { Time } from "../components/time.tsx";
import { useTexts } from "../i18n/language.tsx";
import { settingsTexts } from "./texts.ts";

/** What answers here, and who asks it. */
export function About() {
  const t = useTexts(settingsTexts);
  const { data: session } = useSession();
  if (session === undefined) return null;
  const { key } = session;
  const stores: Readonly<Record<string, string>> = { sqlite: "SQLite", postgres: "PostgreSQL", memory: t.storeMemory };
  return (
    <div className="grid gap-4 lg:grid-cols-2">
      <Card title={t.server}>
        <Facts
          facts={[
            [t.version, session.version ?? "—"],
            [t.store, stores[session.store ?? ""] ?? "—"],
            [t.publicUrl, session.public_url ?? <Sentence key="none">{t.publicUrlNone}</Sentence>],
          ]}
        />
      </Card>
      <Card title={t.you}>
        {key === null ? (
          <p>{t.everyone}</p>
        ) : (
          <Facts
            facts={[
              [t.name, key.name],
              [t.scopes, key.scopes.join(", ")],
              [t.tenant, key.tenant ?? t.allTenants],
              [t.expires, key.expires_at === null ? t.never : <Time key="time" at={key.expires_at} />],
            ]}
          />
        )}
      </Card>
    </div>
  );
}
