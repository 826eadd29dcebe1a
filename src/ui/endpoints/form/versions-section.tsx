import { SelectField } from "../../components/field.tsx";
import { useFormats } from "../../i18n/formats.ts";
import { useTexts } from "../../i18n/language.tsx";
import { useEventTypes } from "../endpoint-queries.ts";
import { advancedTexts } from "./advanced-texts.ts";
import { Section, useForm } from "./form-state.tsx";
import { takes } from "./type-groups.ts";

/** In which form data come, of types that have had several. */
export function VersionsSection() {
  const t = useTexts(advancedTexts);
  const formats = useFormats();
  const { draft, set } = useForm();
  const { data: eventTypes = [] } = useEventTypes();
  const offered = eventTypes.filter(({ name, versions }) => {
    const isTaken = draft.takesAll || draft.types.some((pattern) => takes(pattern, name));
    return draft.versions[name] !== undefined || (isTaken && versions.length > 1);
  });
  if (offered.length === 0) return null;
  const count = Object.keys(draft.versions).length;
  const choose = (name: string, version: string): void => {
    const { [name]: _, ...others } = draft.versions;
    set({ versions: version === "" ? others : { ...others, [name]: version } });
  };
  return (
    <Section
      title={t.versions}
      summary={count === 0 ? t.asPublished : t.versionsSet(formats.number(count))}
      pointers={["/versions"]}
    >
      <p className="text-sm text-muted md:col-span-2">{t.versionsHint}</p>
      {offered.map(({ name, versions }) => (
        <SelectField
          key={name}
          label={name}
          value={draft.versions[name] ?? ""}
          onChange={(event) => choose(name, event.target.value)}
        >
          <option value="">{t.asPublished}</option>
          {versions.map(({ version }) => (
            <option key={version} value={version}>
              {version}
            </option>
          ))}
        </SelectField>
      ))}
    </Section>
  );
}
