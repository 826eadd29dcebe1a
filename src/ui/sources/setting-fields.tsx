import type { SchemeSetting } from "../../sdk/wire.ts";
import { TextField } from "../components/field.tsx";
import { useTexts } from "../i18n/language.tsx";
import { sourceFormTexts } from "./form-texts.ts";

interface SettingFieldsProps {
  readonly settings: readonly SchemeSetting[];
  readonly given: Readonly<Record<string, string>>;
  readonly onChange: (given: Readonly<Record<string, string>>) => void;
  readonly wrong: (name: string) => string | null;
}

/** What a preset asks for beside its secret. */
export function SettingFields({ settings, given, onChange, wrong }: SettingFieldsProps) {
  const t = useTexts(sourceFormTexts);
  if (settings.length === 0) return null;
  return (
    <fieldset className="flex flex-col gap-4 rounded-md border border-line p-3">
      <legend className="px-1 text-sm font-medium">{t.settings}</legend>
      {settings.map(({ name, description, required }) => (
        <TextField
          key={name}
          label={name}
          hint={description}
          error={wrong(name)}
          required={required}
          autoComplete="off"
          className="font-mono"
          value={given[name] ?? ""}
          onChange={(event) => onChange({ ...given, [name]: event.target.value })}
        />
      ))}
    </fieldset>
  );
}
