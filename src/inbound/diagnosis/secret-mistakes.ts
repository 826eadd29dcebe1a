/** Keys that are made of another secret, or of the right one in another way. */
import { type CustomScheme, secretEncodings } from "../../core/scheme.ts";
import type { Axis, Mistake, Trial } from "./mistake.ts";

/** Secrets that the source does not verify with. */
export interface OtherSecrets {
  readonly expired: readonly string[];
  readonly ofSources: readonly { readonly source: string; readonly value: string }[];
}

export function secretMistakes({ secrets, custom }: Trial, others: OtherSecrets): Axis {
  const isShared = custom === null || custom.algorithm.startsWith("hmac-");
  return [
    ...others.expired.map((value) => bySecret("secret_expired", "It is by a secret that had expired.", value)),
    ...others.ofSources.map(({ source, value }) =>
      bySecret("secret_of_other_source", `It is by a secret of the source \`${source}\`.`, value),
    ),
    ...(isShared ? secrets.flatMap(spaced) : []),
    ...(custom !== null && isShared ? decodings(custom) : []),
    ...(isShared ? unset.map(unsetMistake) : []),
  ];
}

const bySecret = (code: Mistake["code"], sentence: string, value: string): Mistake => ({
  code,
  sentence,
  undo: (trial) => ({ ...trial, secrets: [value] }),
});

const spaced = (secret: string): readonly Mistake[] => [
  ...["\n", "\r\n", " ", "\t"].map((space) =>
    bySecret("secret_spaced", "The sender's secret has white space behind it.", secret + space),
  ),
  bySecret("secret_spaced", "The sender's secret has white space before it.", ` ${secret}`),
  ...['"', "'"].map((quote) =>
    bySecret("secret_spaced", "The sender's secret has quotes around it.", quote + secret + quote),
  ),
];

const wordsOf = {
  utf8: "taken as text",
  hex: "decoded from hexadecimal digits",
  base64: "decoded from base64",
} as const;

function decodings(custom: CustomScheme): readonly Mistake[] {
  const prefixes = [...new Set([custom.secretPrefix, "", "whsec_"])];
  return prefixes.flatMap((secretPrefix) =>
    secretEncodings.flatMap((secretEncoding): Mistake[] => {
      if (secretPrefix === custom.secretPrefix && secretEncoding === custom.secretEncoding) return [];
      const prefix = secretPrefix === "" ? "" : `, without \`${secretPrefix}\``;
      const sentence = `The sender's key is the secret ${wordsOf[secretEncoding]}${prefix}; the scheme's is not.`;
      return [
        {
          code: "secret_encoding",
          sentence,
          undo: (trial) => trial.custom && { ...trial, custom: { ...trial.custom, secretEncoding, secretPrefix } },
        },
      ];
    }),
  );
}

/** An HMAC's key that is empty is the same as one that is a zero byte. */
const unset = ["\0", "undefined", "null", "None", "nil"] as const;

function unsetMistake(value: string): Mistake {
  const what = value === "\0" ? "nothing at all" : `the word \`${value}\``;
  return {
    code: "secret_unset",
    sentence: `The sender signs with ${what} in place of the secret.`,
    undo: ({ custom, ...trial }) => ({
      ...trial,
      secrets: [value],
      custom: custom && (custom.secretEncoding === "utf8" && custom.secretPrefix === "" ? custom : asText(custom)),
    }),
  };
}

const asText = (custom: CustomScheme): CustomScheme => ({ ...custom, secretEncoding: "utf8", secretPrefix: "" });
