/** The tokens of a template: text, and what stands between `{{` and `}}`. */
export type TokenKind =
  | "text"
  | "left"
  | "right"
  | "space"
  | "word"
  | "field"
  | "variable"
  | "dot"
  | "number"
  | "character"
  | "string"
  | "raw"
  | "sign"
  | "end";

export interface Token {
  readonly kind: TokenKind;
  readonly text: string;
  readonly offset: number;
}

export type TokenProblem = (message: string, offset: number) => Error;

const inside: readonly (readonly [TokenKind, RegExp])[] = [
  ["space", /[ \t\r\n]+/y],
  ["string", /"(?:[^"\\\n]|\\[^\n])*"/y],
  ["raw", /`[^`]*`/y],
  ["character", /'(?:[^'\\\n]|\\[^\n])+'/y],
  ["variable", /\$[\p{L}\p{Nd}_]*/uy],
  ["number", /[+-]?(?:0[xX][0-9a-fA-F_]+|0[oO][0-7_]+|0[bB][01_]+|(?:[\d_]+\.?[\d_]*|\.\d[\d_]*)(?:[eE][+-]?\d+)?)/y],
  ["field", /\.[\p{L}_][\p{L}\p{Nd}_]*/uy],
  ["dot", /\./y],
  ["word", /[\p{L}_][\p{L}\p{Nd}_]*/uy],
  ["sign", /:=|[=|(),]/y],
];

const comment = /\{\{(?:-[ \t\r\n])?\/\*(?:(?!\*\/)[\s\S])*\*\/(?:[ \t\r\n]-)?\}\}/y;

/** Throws what `problem` makes. */
export function templateTokens(text: string, problem: TokenProblem): readonly Token[] {
  const tokens: Token[] = [];
  let at = 0;
  let isTrimmed = false;
  while (at < text.length) {
    const open = text.indexOf("{{", at);
    const end = open < 0 ? text.length : open;
    const opensTrimmed = open >= 0 && /^-[ \t\r\n]/.test(text.slice(open + 2, open + 4));
    let plain = text.slice(at, end);
    if (isTrimmed) plain = plain.replace(/^[ \t\r\n]+/, "");
    if (opensTrimmed) plain = plain.replace(/[ \t\r\n]+$/, "");
    if (plain !== "") tokens.push({ kind: "text", text: plain, offset: at });
    if (open < 0) break;
    comment.lastIndex = open;
    const commented = comment.exec(text)?.[0];
    if (commented !== undefined) {
      at = open + commented.length;
      isTrimmed = /[ \t\r\n]-\}\}$/.test(commented);
      continue;
    }
    if (/^(?:-[ \t\r\n])?\/\*/.test(text.slice(open + 2, open + 6))) throw problem("unclosed comment", open);
    tokens.push({ kind: "left", text: "{{", offset: open });
    ({ at, isTrimmed } = action(text, open + (opensTrimmed ? 3 : 2), tokens, problem));
  }
  tokens.push({ kind: "end", text: "", offset: text.length });
  return tokens;
}

type ActionArguments = [text: string, start: number, tokens: Token[], problem: TokenProblem];

function action(...[text, start, tokens, problem]: ActionArguments): { at: number; isTrimmed: boolean } {
  const close = /[ \t\r\n]+-\}\}|[ \t\r\n]*\}\}/y;
  let at = start;
  for (;;) {
    close.lastIndex = at;
    const closing = close.exec(text)?.[0];
    if (closing !== undefined) {
      tokens.push({ kind: "right", text: "}}", offset: at });
      return { at: at + closing.length, isTrimmed: closing.endsWith("-}}") };
    }
    if (at >= text.length) throw problem("unclosed action", start);
    const token = nextToken(text, at);
    if (token === null) throw problem(`unexpected ${JSON.stringify(text[at])} in an action`, at);
    tokens.push(token);
    at += token.text.length;
  }
}

function nextToken(text: string, at: number): Token | null {
  for (const [kind, pattern] of inside) {
    pattern.lastIndex = at;
    const found = pattern.exec(text)?.[0];
    if (found !== undefined && found !== "") return { kind, text: found, offset: at };
  }
  return null;
}
