import { TextField } from "../../components/field.tsx";
import { useTexts } from "../../i18n/language.tsx";
import { advancedTexts } from "./advanced-texts.ts";
import type { Draft } from "./draft.ts";
import { DraftChoice, DraftField, Section, useForm } from "./form-state.tsx";

/** How receivers know that a delivery is ours. */
export function SigningSection() {
  const t = useTexts(advancedTexts);
  const { draft, endpoint } = useForm();
  const schemes = [
    ["standard-webhooks", "Standard Webhooks"],
    ["standard-webhooks-ed25519", "Standard Webhooks (Ed25519)"],
    ["github", t.asProvider("GitHub")],
    ["stripe", t.asProvider("Stripe")],
    ["hmac", t.ownHmac],
    ["http-message-signatures", "HTTP Message Signatures (RFC 9421)"],
    ["none", t.unsigned],
  ] as const;
  const title = schemes.find(([value]) => value === draft.scheme)?.[1] ?? draft.scheme;
  return (
    <Section title={t.signing} summary={title} pointers={["/signing", "/secrets"]}>
      <DraftChoice name="scheme" pointer="/signing/scheme" label={t.scheme} hint={t.schemeHint} options={schemes} />
      {endpoint === null && draft.scheme !== "none" && (
        <DraftField
          name="secret"
          pointer="/secrets"
          label={t.secret}
          hint={t.secretHint}
          placeholder={t.secretMade}
          className="font-mono"
          spellCheck={false}
        />
      )}
      {draft.scheme === "hmac" && (
        <>
          <SigningField name="header" label={t.signatureHeader} placeholder="X-Signature" />
          <SigningField name="algorithm" label={t.algorithm} placeholder="sha256" />
          <SigningField name="encoding" label={t.encoding} placeholder="hex" />
          <SigningField name="secret_encoding" label={t.secretEncoding} placeholder="text" />
          <SigningField name="template" label={t.template} placeholder="{signature}" />
          <SigningField name="content" label={t.content} placeholder="{body}" />
        </>
      )}
      {draft.scheme === "http-message-signatures" && (
        <SigningField name="algorithm" label={t.algorithm} placeholder="hmac-sha256" />
      )}
    </Section>
  );
}

interface SigningFieldProps {
  readonly name: keyof Draft["signing"];
  readonly label: string;
  /** What an empty one stands for. */
  readonly placeholder: string;
}

function SigningField({ name, ...rest }: SigningFieldProps) {
  const { draft, set, errorOf } = useForm();
  return (
    <TextField
      {...rest}
      className="font-mono"
      value={draft.signing[name]}
      onChange={(event) => set({ signing: { ...draft.signing, [name]: event.target.value } })}
      error={errorOf(`/signing/${name}`)}
    />
  );
}
