import { TextArea, TextField } from "../../components/field.tsx";
import { useTexts } from "../../i18n/language.tsx";
import { sourceFormTexts } from "../form-texts.ts";
import { SettingFields } from "../setting-fields.tsx";
import { isSecretLater, type SourceDraft, type SourceKind } from "./source-kind.ts";

interface NewSourceFieldsProps {
  readonly kind: SourceKind;
  readonly draft: SourceDraft;
  readonly set: (change: Partial<SourceDraft>) => void;
  /** What is wrong with a member, by JSON pointer. */
  readonly wrong: (pointer: string) => string | null;
}

/** What is wrong with these stands at their fields. */
export const shownPointers = (kind: SourceKind): readonly string[] => [
  "/name",
  "/description",
  "/secret",
  ...(kind.kind === "custom" ? ["/scheme"] : []),
  ...(kind.kind === "preset" ? kind.scheme.settings.map(({ name }) => `/scheme/settings/${name}`) : []),
];

export function NewSourceFields({ kind, draft, set, wrong }: NewSourceFieldsProps) {
  const t = useTexts(sourceFormTexts);
  const scheme = kind.kind === "preset" ? kind.scheme : null;
  const hasSecret = kind.kind === "custom" || (scheme !== null && scheme.secret !== null);
  return (
    <>
      <TextField
        label={t.name}
        hint={t.nameHint}
        error={wrong("/name")}
        required
        autoComplete="off"
        className="font-mono"
        value={draft.name}
        onChange={(event) => set({ name: event.target.value })}
      />
      <TextField
        label={t.description}
        hint={t.descriptionHint}
        error={wrong("/description")}
        value={draft.description}
        onChange={(event) => set({ description: event.target.value })}
      />
      {kind.kind === "custom" && (
        <TextArea
          label={t.scheme}
          hint={t.schemeHint}
          error={wrong("/scheme")}
          rows={12}
          value={draft.json}
          onChange={(event) => set({ json: event.target.value })}
        />
      )}
      {hasSecret && (
        <TextField
          label={t.secret}
          hint={
            <>
              {scheme?.secret}{" "}
              {isSecretLater(kind) ? t.secretLater : scheme?.secret_from === "receiver" && t.secretMade}
            </>
          }
          error={wrong("/secret")}
          autoComplete="off"
          className="font-mono"
          value={draft.secret}
          onChange={(event) => set({ secret: event.target.value })}
        />
      )}
      {scheme !== null && (
        <SettingFields
          settings={scheme.settings}
          given={draft.settings}
          onChange={(settings) => set({ settings })}
          wrong={(name) => wrong(`/scheme/settings/${name}`)}
        />
      )}
    </>
  );
}
