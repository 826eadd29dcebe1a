/** The same JSON, written as other programs write it: numbers, repeated names and the order of members stay. */

interface Layout {
  readonly words: string;
  readonly comma: string;
  readonly colon: string;
  /** Null for one line. */
  readonly indent: string | null;
}

const layouts: readonly Layout[] = [
  { words: "without spaces", comma: ",", colon: ":", indent: null },
  { words: "with a space behind each comma and colon", comma: ", ", colon: ": ", indent: null },
  { words: "indented by two spaces", comma: ",", colon: ": ", indent: "  " },
  { words: "indented by four spaces", comma: ",", colon: ": ", indent: "    " },
  { words: "indented by tabs", comma: ",", colon: ": ", indent: "\t" },
];

type Escape = (token: string) => string;

const plainly: Escape = (token) => JSON.stringify(JSON.parse(token));
const codeOf = (character: string): string => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
const inAscii: Escape = (token) => plainly(token).replace(/[\u007f-\uffff]/g, codeOf);
const withSlashes =
  (inner: Escape): Escape =>
  (token) =>
    inner(token).replaceAll("/", "\\/");
const forHtml: Escape = (token) => plainly(token).replace(/[<>&\u2028\u2029]/g, codeOf);

const escapes: readonly { readonly words: string; readonly spell: Escape }[] = [
  { words: "", spell: (token) => token },
  { words: "with nothing escaped that need not be", spell: plainly },
  { words: "with everything beyond ASCII escaped", spell: inAscii },
  { words: "with slashes escaped", spell: withSlashes(plainly) },
  { words: "with slashes and everything beyond ASCII escaped", spell: withSlashes(inAscii) },
  { words: "with `<`, `>` and `&` escaped", spell: forHtml },
];

export interface SpelledJson {
  /** Says how it is written. */
  readonly words: string;
  readonly text: string;
}

/** Deeper JSON is nobody's, and indented it would be many times as long. */
const depthMax = 64;
/** Characters of all that is written otherwise. */
const lengthMax = 16 * 1024 * 1024;

/** Every way to write the text that is known, one by one; none where it is no JSON. */
export function* spelledOtherwise(text: string): Generator<SpelledJson> {
  const value = isDeep(text) ? undefined : parsed(text);
  if (value === undefined) return;
  let length = 0;
  for (const spelled of [...spellings(text, ""), ...spellings(JSON.stringify(sorted(value)), inOrder)]) {
    const made = spelled();
    length += made.text.length;
    if (length > lengthMax) return;
    yield made;
  }
}

const inOrder = "with its members in alphabetical order";

function spellings(text: string, order: string): (() => SpelledJson)[] {
  const tokens = text.match(/"[^"\\]*(?:\\.[^"\\]*)*"|[{}[\]:,]|[^\s"{}[\]:,]+/g) ?? [];
  return escapes.flatMap(({ words: escapeWords, spell }) =>
    layouts.map((layout) => () => {
      const written = tokens.map((token) => (token.startsWith('"') ? spell(token) : token));
      const words = [order, layout.words, escapeWords].filter((part) => part !== "").join(", ");
      return { words, text: laidOut(written, layout) };
    }),
  );
}

function laidOut(tokens: readonly string[], { comma, colon, indent }: Layout): string {
  let text = "";
  let depth = 0;
  const line = (): string => (indent === null ? "" : `\n${indent.repeat(depth)}`);
  for (let index = 0; index < tokens.length; index++) {
    const token = tokens[index] ?? "";
    const next = tokens[index + 1];
    if (token === "{" || token === "[") {
      if (next === "}" || next === "]") {
        text += token + next;
        index += 1;
      } else {
        depth += 1;
        text += token + line();
      }
    } else if (token === "}" || token === "]") {
      depth -= 1;
      text += line() + token;
    } else if (token === ",") text += comma + line();
    else text += token === ":" ? colon : token;
  }
  return text;
}

function isDeep(text: string): boolean {
  let depth = 0;
  for (const character of text.replace(/[^{}[\]]/g, "")) {
    depth += character === "{" || character === "[" ? 1 : -1;
    if (depth > depthMax) return true;
  }
  return false;
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== "object" || value === null) return value;
  const members = Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1));
  return Object.fromEntries(members.map(([name, member]) => [name, sorted(member)]));
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
