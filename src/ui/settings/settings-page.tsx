import { useLocation } from "wouter";
import { useSession } from "../api/session.ts";
import { Page } from "../components/page.tsx";
import { Tabs } from "../components/tabs.tsx";
import { useTexts } from "../i18n/language.tsx";
import { About } from "./about.tsx";
import { EventTypes } from "./event-types.tsx";
import { Keys } from "./keys.tsx";
import { Processes } from "./processes.tsx";
import { settingsTexts } from "./texts.ts";

const parts = ["keys", "event-types", "processes", "about"] as const;
type Part = (typeof parts)[number];
const views: Readonly<Record<Part, () => React.ReactNode>> = {
  keys: Keys,
  "event-types": EventTypes,
  processes: Processes,
  about: About,
};

export default function SettingsPage() {
  const t = useTexts(settingsTexts);
  const [location, go] = useLocation();
  const { data: session } = useSession();
  const key = session?.key ?? null;
  const isAdmin = key === null || key.scopes.includes("admin");
  const isForAll = key === null || key.tenant === null;
  const isShown: Readonly<Record<Part, boolean>> = {
    keys: isAdmin,
    "event-types": true,
    processes: isAdmin && isForAll,
    about: true,
  };
  const shown = parts.filter((part) => isShown[part]);
  const titles: Readonly<Record<Part, string>> = {
    keys: t.keys,
    "event-types": t.eventTypes,
    processes: t.processes,
    about: t.about,
  };
  const asked = location.split("/")[2];
  const chosen = shown.find((part) => part === asked) ?? shown[0] ?? "about";
  const View = views[chosen];
  return (
    <Page title={t.settings}>
      <Tabs
        label={t.settings}
        tabs={shown.map((part) => ({ key: part, title: titles[part] }))}
        chosen={chosen}
        onChoose={(part) => go(`/settings/${part}`)}
      >
        <View />
      </Tabs>
    </Page>
  );
}
