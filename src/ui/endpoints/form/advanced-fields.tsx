/** What few endpoints need: each section says how it stands while it is closed. */
import { Card } from "../../components/page.tsx";
import { useTexts } from "../../i18n/language.tsx";
import { AccessSection } from "./access-section.tsx";
import { advancedTexts } from "./advanced-texts.ts";
import { useForm } from "./form-state.tsx";
import { PaceSection } from "./pace-section.tsx";
import { PayloadSection } from "./payload-section.tsx";
import { RetrySection } from "./retry-section.tsx";
import { SigningSection } from "./signing-section.tsx";
import { VersionsSection } from "./versions-section.tsx";

export function AdvancedFields() {
  const t = useTexts(advancedTexts);
  const { endpoint } = useForm();
  const isHttp = endpoint === null || endpoint.kind === "http";
  return (
    <Card title={t.advanced}>
      <div className="-m-4">
        {isHttp && <PayloadSection />}
        <VersionsSection />
        {isHttp && <SigningSection />}
        {isHttp && <AccessSection />}
        <RetrySection />
        <PaceSection />
      </div>
    </Card>
  );
}
