import { useTexts } from "../../i18n/language.tsx";
import { advancedTexts } from "./advanced-texts.ts";
import { DraftChoice, DraftField, Section, useForm } from "./form-state.tsx";

/** What a receiver asks for before it takes anything. */
export function AccessSection() {
  const t = useTexts(advancedTexts);
  const { draft, endpoint } = useForm();
  const set = endpoint?.authorization ?? null;
  const kinds = [
    ...(set === null ? [] : [["keep", t.keepAuthorization(set.type)] as const]),
    ["none", t.none],
    ["basic", t.basic],
    ["bearer", t.bearer],
    ["oauth2", "OAuth 2.0"],
  ] as const;
  const title = kinds.find(([value]) => value === draft.authorization)?.[1] ?? "";
  const at = (member: string): string => `/authorization/${member}`;
  const hidden = { type: "password", autoComplete: "new-password", className: "font-mono" };
  return (
    <Section title={t.access} summary={title} pointers={["/authorization", "/verification", "/tls"]}>
      <DraftChoice name="authorization" pointer={at("type")} label={t.authorization} options={kinds} />
      <DraftChoice
        name="verification"
        pointer="/verification"
        label={t.verification}
        hint={t.verificationHint}
        options={[
          ["none", t.none],
          ["challenge", t.challenge],
          ["cloudevents", "CloudEvents"],
        ]}
      />
      {draft.authorization === "basic" && (
        <>
          <DraftField name="username" pointer={at("username")} label={t.username} />
          <DraftField name="password" pointer={at("password")} label={t.password} {...hidden} />
        </>
      )}
      {draft.authorization === "bearer" && (
        <DraftField name="token" pointer={at("token")} label={t.token} {...hidden} />
      )}
      {draft.authorization === "oauth2" && (
        <>
          <DraftField name="tokenUrl" pointer={at("token_url")} label={t.tokenUrl} type="url" className="font-mono" />
          <DraftField name="clientId" pointer={at("client_id")} label={t.clientId} />
          <DraftField name="clientSecret" pointer={at("client_secret")} label={t.clientSecret} {...hidden} />
          <DraftField name="oauthScope" pointer={at("scope")} label={t.oauthScope} />
        </>
      )}
    </Section>
  );
}
