/** Where it sends, what it is called, and where it begins. */
import { TextField } from "../../components/field.tsx";
import { Card } from "../../components/page.tsx";
import { useTexts } from "../../i18n/language.tsx";
import { placeOf } from "../endpoint-condition.ts";
import { PlaceField } from "../place-field.tsx";
import { urlRefusal } from "./draft-body.ts";
import { DraftField, useForm } from "./form-state.tsx";
import { formTexts } from "./texts.ts";

export function TargetFields() {
  const t = useTexts(formTexts);
  const { draft, set, errorOf, endpoint } = useForm();
  return (
    <Card title={t.target}>
      <div className="grid gap-4 md:grid-cols-2">
        <div className="md:col-span-2">
          {endpoint === null || endpoint.kind === "http" ? (
            <UrlField />
          ) : (
            <TextField label={t.kinds(endpoint.kind)} value={placeOf(endpoint)} disabled hint={t.kindHint} />
          )}
        </div>
        <DraftField name="description" pointer="/description" label={t.description} hint={t.descriptionHint} />
        {endpoint === null && (
          <PlaceField
            label={t.startAt}
            hint={t.startAtHint}
            value={draft.startAt}
            onChange={(startAt) => set({ startAt })}
            error={errorOf("/start_at")}
          />
        )}
      </div>
    </Card>
  );
}

/** What can be seen of a URL without asking is said while it is typed. */
function UrlField() {
  const t = useTexts(formTexts);
  const { draft, set, errorOf, endpoint } = useForm();
  const refusal = draft.url === "" ? undefined : urlRefusal(draft.url);
  const isHasty = refusal === "urlProtocol" && "https://".startsWith(draft.url.slice(0, 8));
  const isPlain = refusal === undefined && /^http:/i.test(draft.url);
  return (
    <TextField
      type="url"
      inputMode="url"
      autoComplete="off"
      autoFocus={endpoint === null}
      required
      label={t.url}
      placeholder="https://example.com/webhooks"
      value={draft.url}
      onChange={(event) => set({ url: event.target.value })}
      hint={isPlain ? t.urlPlain : t.urlHint}
      error={errorOf("/url") ?? (refusal === undefined || isHasty ? null : t[refusal])}
      className="font-mono"
    />
  );
}
