import type { CustomScheme } from "../../src/core/scheme.ts";

/** What somebody could make of a value with one signature at its end. */
export function signatureChanges({
  signature,
  algorithm,
}: Pick<CustomScheme, "signature" | "algorithm">): Record<string, (value: string) => string> {
  const { prefix, encoding } = signature;
  const end = (value: string): string => /[^=,; ]+=*$/.exec(value)?.[0] ?? "";
  const swapCase = (text: string): string =>
    text.replace(/[A-Za-z]/g, (letter) =>
      letter === letter.toLowerCase() ? letter.toUpperCase() : letter.toLowerCase(),
    );
  const last = (change: (text: string) => string) => (value: string) => {
    const text = end(value);
    return value.slice(0, value.length - text.length) + change(text);
  };
  const all: Record<string, (value: string) => string> = {
    "cut by one": (value) => value.slice(0, -1),
    "cut by half": last((text) => text.slice(0, text.length / 2)),
    "longer by a zero": (value) => `${value}0`,
    "longer by padding": (value) => `${value}=`,
    "longer by a line": (value) => `${value}\n`,
    "a space within": last((text) => `${text.slice(0, 4)} ${text.slice(4)}`),
    "other case": last(swapCase),
    empty: () => "",
    "its prefix alone": () => (prefix === "" ? " " : prefix),
    "another first letter": last((text) => (text.startsWith("0") ? "1" : "0") + text.slice(1)),
  };
  if (prefix !== "") all["without its prefix"] = (value) => value.replace(prefix, "");
  if (prefix !== "") all["twice its prefix"] = (value) => value.replace(prefix, prefix + prefix);
  if (algorithm !== "token" && signature.form !== "pairs") {
    const other = encoding === "hex" ? "base64" : "hex";
    all["another encoding"] = (value) => prefix + Buffer.from(value.slice(prefix.length), encoding).toString(other);
  }
  return all;
}
