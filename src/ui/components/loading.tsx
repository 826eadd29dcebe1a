import { useTexts } from "../i18n/language.tsx";
import { componentTexts } from "./texts.ts";

export function Loading() {
  const t = useTexts(componentTexts);
  return (
    <div role="status" className="p-6 text-muted">
      {t.loading}
    </div>
  );
}
