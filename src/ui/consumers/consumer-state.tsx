import type { Consumer } from "../../sdk/wire.ts";
import { Badge, type Tone } from "../components/badge.tsx";
import { useTexts } from "../i18n/language.tsx";
import { consumersTexts } from "./texts.ts";

const tones: Readonly<Record<Consumer["state"], Tone>> = { ok: "good", at_risk: "warn", invalidated: "bad" };

export function ConsumerState({ state }: { readonly state: Consumer["state"] }) {
  const t = useTexts(consumersTexts);
  return <Badge tone={tones[state]}>{t[state]}</Badge>;
}
