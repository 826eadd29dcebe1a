import { type ReactNode, useState } from "react";
import type { Scheme } from "../../../sdk/wire.ts";
import { TextField } from "../../components/field.tsx";
import { useTexts } from "../../i18n/language.tsx";
import { sourceFormTexts } from "../form-texts.ts";
import { isFound, othersOf, popularOf } from "./source-kind.ts";

interface ProviderPickerProps {
  readonly schemes: readonly Scheme[];
  /** A preset, `custom`, or `unverified`. */
  readonly onChoose: (from: string) => void;
}

export function ProviderPicker({ schemes, onChoose }: ProviderPickerProps) {
  const t = useTexts(sourceFormTexts);
  const [looked, setLooked] = useState("");
  const isLooking = looked.trim() !== "";
  const shown = isLooking ? schemes.filter((scheme) => isFound(scheme, looked)) : othersOf(schemes);
  const choice = ({ name, title, documentation }: Scheme) => (
    <Choice
      key={name}
      title={<span lang="en">{title}</span>}
      hint={new URL(documentation).hostname}
      onChoose={() => onChoose(name)}
    />
  );
  return (
    <div className="flex flex-col gap-5">
      <h2 className="text-base font-semibold">{t.which}</h2>
      <div className="max-w-md">
        <TextField
          type="search"
          label={t.search}
          isLabelHidden
          placeholder={t.search}
          value={looked}
          onChange={(event) => setLooked(event.target.value)}
        />
      </div>
      {!isLooking && <Group title={t.popular}>{popularOf(schemes).map(choice)}</Group>}
      {shown.length > 0 ? (
        <Group title={isLooking ? t.found : t.all}>{shown.map(choice)}</Group>
      ) : (
        <p className="text-muted">{t.noneFound}</p>
      )}
      <Group title={t.otherWays}>
        <Choice title={t.custom} hint={t.customHint} onChoose={() => onChoose("custom")} />
        <Choice title={t.unverified} hint={t.unverifiedHint} onChoose={() => onChoose("unverified")} />
      </Group>
    </div>
  );
}

function Group({ title, children }: { readonly title: string; readonly children: ReactNode }) {
  return (
    <section aria-label={title} className="flex flex-col gap-2">
      <h3 className="text-xs font-medium text-muted">{title}</h3>
      <div className="grid gap-2 sm:grid-cols-2 lg:grid-cols-4">{children}</div>
    </section>
  );
}

interface ChoiceProps {
  readonly title: ReactNode;
  readonly hint: string;
  readonly onChoose: () => void;
}

function Choice({ title, hint, onChoose }: ChoiceProps) {
  return (
    <button
      type="button"
      onClick={onChoose}
      className="min-w-0 rounded-md border border-line bg-surface px-3 py-2 text-start hover:border-line-strong hover:bg-sunken"
    >
      <span className="block truncate font-medium">{title}</span>
      <span className="block text-xs text-muted">{hint}</span>
    </button>
  );
}
