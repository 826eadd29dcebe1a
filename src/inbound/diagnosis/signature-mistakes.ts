/** Signatures that are right and written otherwise, or in another place. */
import { headerValues } from "../../core/received-request.ts";
import { type CustomScheme, signatureAlgorithms, signatureEncodings } from "../../core/scheme.ts";
import { parsePlace } from "../../core/value-place.ts";
import { placeValue } from "../schemes/place-value.ts";
import { RequestValues } from "../schemes/request-values.ts";
import { type Axis, type Mistake, type Trial, withRequest } from "./mistake.ts";
import { withoutEnds } from "./trimming.ts";

const headersTried = 100;
const partsTried = 10;

/** Of a scheme that is declared. */
export function signatureMistakes({ request, custom }: Trial): Axis {
  if (custom === null) return [];
  const place = parsePlace(custom.signature.place, true);
  if (typeof place === "string") return [];
  const values = new RequestValues(request).all(place);
  if (values.length === 0) return place.kind === "header" ? renamed(request.headers, custom) : [];
  if (values.length > 1) return values.slice(0, partsTried).map((value) => repeated(custom, value, values.length));
  const [value = ""] = values;
  const parts = custom.signature.form === "one" ? value.split(",", partsTried).map((part) => part.trim()) : [value];
  return [
    ...(parts.length > 1 ? parts.map((part) => repeated(custom, part, parts.length)) : []),
    ...respelled(custom, value),
  ];
}

const placed = (custom: CustomScheme, value: string, about: Pick<Mistake, "code" | "sentence">): Mistake => ({
  ...about,
  undo: (trial) => withRequest(trial, placeValue(trial.request, custom.signature.place, value)),
});

const nameOf = ({ signature }: CustomScheme): string => signature.place.slice(signature.place.indexOf(":") + 1);

function repeated(custom: CustomScheme, value: string, count: number): Mistake {
  const sentence = `\`${nameOf(custom)}\` stands ${count} times, and one of them is right.`;
  return placed(custom, value, { code: "signature_repeated", sentence });
}

function renamed(headers: readonly string[], custom: CustomScheme): Axis {
  const names = [...new Set(headers.filter((_, index) => index % 2 === 0).map((name) => name.toLowerCase()))];
  return names.slice(0, headersTried).flatMap((name) =>
    headerValues(headers, name).map((value) =>
      placed(custom, value, {
        code: "signature_renamed",
        sentence: `The signature came in the header \`${name}\`, not in \`${nameOf(custom)}\`.`,
      }),
    ),
  );
}

type Change = readonly [code: Mistake["code"], sentence: string, change: (item: string) => string | null];

function respelled(custom: CustomScheme, value: string): Axis {
  const changes: readonly Change[] = custom.algorithm === "token" ? tokenChanges(custom) : changesOf(custom);
  return changes.flatMap(([code, sentence, change]) => {
    const changed = eachItem(custom, value, change);
    return changed === null || changed === value ? [] : [placed(custom, changed, { code, sentence })];
  });
}

/** Applies a change to each signature of a value; null where it changes none. */
function eachItem({ signature }: CustomScheme, value: string, change: Change[2]): string | null {
  const { form, separator, name } = signature;
  if (form === "one") return change(value);
  const items = value.split(separator).map((item) => {
    if (form === "list") return change(item) ?? item;
    const equals = item.indexOf("=");
    if (item.slice(0, equals).trim() !== name) return item;
    const changed = change(item.slice(equals + 1));
    return changed === null ? item : `${name}=${changed}`;
  });
  return items.join(separator);
}

const bareOf = (text: string): string => withoutEnds(text.trim(), "\"'");
/** What senders put before signatures: `sha256=`, `v1,`, `hmac-sha256:`, `Bearer `. */
const withoutPrefix = (text: string): string =>
  text.replace(/^(?:[A-Za-z][A-Za-z0-9_-]{0,15}[=:,](?=.{16})|[A-Za-z]+ )\s*/, "");

function tokenChanges({ signature: { prefix } }: CustomScheme): readonly Change[] {
  const said = prefix === "" ? "nothing before it" : `\`${prefix.trim()}\` before it`;
  return [
    ["signature_spaced", "White space or quotes stand around the token.", bareOf],
    ["signature_prefix", `The token is to have ${said}.`, (text) => prefix + withoutPrefix(bareOf(text))],
    ["signature_encoding", "The token came encoded as in a URL.", decodedUrl],
    ["signature_encoding", "The token came in base64.", (text) => `${prefix}${fromBase64(withoutOwn(text, prefix))}`],
  ];
}

const withoutOwn = (text: string, prefix: string): string =>
  text.startsWith(prefix) ? text.slice(prefix.length) : withoutPrefix(text);

const fromBase64 = (text: string): string => Buffer.from(text, "base64").toString("latin1");

function decodedUrl(text: string): string | null {
  try {
    return decodeURIComponent(text);
  } catch {
    return null;
  }
}

function changesOf({ signature: { prefix, encoding } }: CustomScheme): readonly Change[] {
  const wanted = prefix === "" ? "no prefix" : `the prefix \`${prefix}\``;
  const bytes = (text: string): string => withoutOwn(bareOf(text), prefix);
  const written = (found: Buffer | null): string | null => found && prefix + found.toString(encoding);
  return [
    ["signature_spaced", "White space or quotes stand around the signature.", bareOf],
    [
      "signature_case",
      "The signature's hexadecimal digits are in upper case.",
      (text) =>
        encoding === "hex" && /^[0-9a-fA-F]*[A-F][0-9a-fA-F]*$/.test(bytes(text))
          ? prefix + bytes(text).toLowerCase()
          : null,
    ],
    [
      "signature_prefix",
      `The signature is to have ${wanted}.`,
      (text) => prefix + withoutPrefix(withoutPrefix(bareOf(text))),
    ],
    ...signatureEncodings.map(
      (other): Change => [
        "signature_encoding",
        other === encoding
          ? `The signature is not written exactly as ${encoding} is, perhaps without its padding.`
          : `The signature is written in ${other}, not in ${encoding}.`,
        (text) => written(decodedLoosely(bytes(text), other)),
      ],
    ),
    [
      "signature_encoding",
      "The signature's hexadecimal digits were encoded in base64 as if they were bytes.",
      (text) => written(decodedLoosely(fromBase64(bytes(text)), "hex")),
    ],
  ];
}

function decodedLoosely(text: string, encoding: (typeof signatureEncodings)[number]): Buffer | null {
  const isIt =
    encoding === "hex"
      ? /^(?:[0-9a-f]{2})+$/i
      : encoding === "base64"
        ? /^[A-Za-z0-9+/]+={0,2}$/
        : /^[A-Za-z0-9_-]+={0,2}$/;
  return isIt.test(text) ? Buffer.from(text, encoding) : null;
}

const hmacs = signatureAlgorithms.filter((name) => name.startsWith("hmac-"));

/** Another hash than the scheme's. */
export function algorithmMistakes({ custom, settings }: Trial, takesAlgorithms: boolean): Axis {
  if (takesAlgorithms) {
    const all = "sha1,sha256,sha384,sha512";
    return settings.algorithms === all
      ? []
      : [
          {
            code: "algorithm_other",
            sentence: "It is signed with a hash that the source's `algorithms` leave out.",
            undo: (trial) => ({ ...trial, settings: { ...trial.settings, algorithms: all } }),
          },
        ];
  }
  if (custom === null || !hmacs.includes(custom.algorithm)) return [];
  return hmacs
    .filter((algorithm) => algorithm !== custom.algorithm)
    .map((algorithm) => ({
      code: "algorithm_other",
      sentence: `It is signed with ${algorithm}; the scheme signs with ${custom.algorithm}.`,
      undo: (trial) => trial.custom && { ...trial, custom: { ...trial.custom, algorithm } },
    }));
}
