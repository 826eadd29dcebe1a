/**
 * What an unquoted text means, as https://pkg.go.dev/gopkg.in/yaml.v2@v2.0.0 has YAML 1.1: `on` is true, `010` is 8,
 * `1e+3` is 1000, and `1e3` a text.
 */
import { decodeGoBase64 } from "../go-base64.ts";
import { type ScalarValue, UnreadableFile } from "./file-node.ts";

const prefix = "tag:yaml.org,2002:";
type ScalarType = "null" | "bool" | "int" | "float" | "str" | "merge";

const words: ReadonlyMap<string, readonly [ScalarType, ScalarValue]> = new Map([
  ...meaning("bool", true, "y Y yes Yes YES true True TRUE on On ON"),
  ...meaning("bool", false, "n N no No NO false False FALSE off Off OFF"),
  ...meaning("null", null, "~ null Null NULL"),
  ...meaning("float", Number.NaN, ".nan .NaN .NAN"),
  ...meaning("float", Number.POSITIVE_INFINITY, ".inf .Inf .INF +.inf +.Inf +.INF"),
  ...meaning("float", Number.NEGATIVE_INFINITY, "-.inf -.Inf -.INF"),
  ["", ["null", null]],
]);

type Meaning = [word: string, meaning: readonly [ScalarType, ScalarValue]];

function meaning(...[type, value, list]: [ScalarType, ScalarValue, string]): readonly Meaning[] {
  return list.split(" ").map((word) => [word, [type, value]]);
}

/** `tag` is what is written before it, such as `tag:yaml.org,2002:str`; empty for none. */
export function resolveScalar(tag: string, text: string): ScalarValue {
  const wanted = tag.startsWith(prefix) ? tag.slice(prefix.length) : null;
  if (wanted === "binary") return decodedBinary(text);
  if (wanted === "str" || (tag !== "" && wanted === null)) return text;
  const [type, value] = resolvePlain(text);
  if (tag === "" || wanted === type) return value;
  if (wanted === "bool" || wanted === "int" || wanted === "float" || wanted === "null") {
    throw new UnreadableFile(`cannot decode !!${type} \`${text}\` as a !!${wanted}`);
  }
  return text; // A tag that nobody knows says nothing.
}

function resolvePlain(text: string): readonly [ScalarType, ScalarValue] {
  const word = words.get(text);
  if (word !== undefined) return word;
  if (/^\.\d+(?:[eE][+-]?\d+)?$/.test(text)) return ["float", Number(text)];
  if (/^[-+\d]/.test(text)) {
    const plain = text.replaceAll("_", "");
    const integer = integerOf(plain);
    if (integer !== null) return ["int", integer];
    if (/^[-+]?\d*\.?\d+(?:[eE][-+]\d+)?$/.test(plain)) {
      const float = Number(plain);
      if (Number.isFinite(float)) return ["float", float];
    }
  }
  return ["str", text];
}

/** Go's literals: `0x1F`, `0o17`, `017`, `0b11`; null where it is none, or has more than 64 bits. */
function integerOf(plain: string): bigint | null {
  const [, sign = "", digits = ""] =
    /^([-+]?)(0[xX][0-9a-fA-F]+|0[oO]?[0-7]+|0[bB][01]+|0|[1-9]\d*)$/.exec(plain) ?? [];
  if (digits === "") return null;
  const size = BigInt(/^0[0-7]/.test(digits) ? `0o${digits.slice(1)}` : digits.toLowerCase());
  const value = sign === "-" ? -size : size;
  const isUnsigned = sign === "" && value < 1n << 64n;
  return (value >= -(1n << 63n) && value < 1n << 63n) || isUnsigned ? value : null;
}

function decodedBinary(text: string): string {
  const { bytes, isWhole } = decodeGoBase64(text);
  if (!isWhole) throw new UnreadableFile("!!binary value contains invalid base64 data");
  return Buffer.from(bytes).toString("utf8");
}
