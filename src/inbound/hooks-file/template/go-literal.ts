/** Literals of Go: quoted strings, characters and numbers. Null where it is none. */
import { textOfBytes } from "../byte-text.ts";
import type { TemplateValue } from "./template-nodes.ts";

const simple: Readonly<Record<string, number>> = { a: 7, b: 8, f: 12, n: 10, r: 13, t: 9, v: 11, "\\": 92 };

/** What stands between the quotes of `"…"` or `'…'`. */
function unquoted(content: string, quote: string): string | null {
  const bytes: number[] = [];
  const pattern = /\\(x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|[0-7]{3}|[abfnrtv\\'"])|([^\\])/gsuy;
  while (pattern.lastIndex < content.length) {
    const [, code, plain] = pattern.exec(content) ?? [];
    if (plain !== undefined) bytes.push(...Buffer.from(plain, "utf8"));
    else if (code === undefined) return null;
    else if (code === "'" || code === '"') {
      if (code !== quote) return null;
      bytes.push(code.charCodeAt(0));
    } else if (simple[code] !== undefined) bytes.push(simple[code]);
    else if (code.startsWith("x")) bytes.push(Number.parseInt(code.slice(1), 16));
    else if (/^[0-7]/.test(code)) bytes.push(Number.parseInt(code, 8) & 255);
    else {
      const point = Number.parseInt(code.slice(1), 16);
      if (point > 0x10ffff || (point >= 0xd800 && point <= 0xdfff)) return null;
      bytes.push(...Buffer.from(String.fromCodePoint(point), "utf8"));
    }
  }
  return textOfBytes(Uint8Array.from(bytes));
}

export const goString = (token: string): string | null => unquoted(token.slice(1, -1), '"');

export function goCharacter(token: string): bigint | null {
  const text = unquoted(token.slice(1, -1), "'");
  const [character] = text ?? "";
  return character === undefined || character !== text ? null : BigInt(character.codePointAt(0) ?? 0);
}

export function goNumber(token: string): TemplateValue | null {
  const plain = token.replace(/(?<=[0-9a-fA-FxXoObB])_(?=[0-9a-fA-F])/g, "");
  if (plain.includes("_")) return null;
  const [, sign = "", digits = ""] = /^([+-]?)(.*)$/.exec(plain) ?? [];
  if (/^(?:0[xX][0-9a-fA-F]+|0[oO][0-7]+|0[bB][01]+|0[0-7]+|0|[1-9]\d*)$/.test(digits)) {
    const size = BigInt(/^0[0-7]/.test(digits) ? `0o${digits.slice(1)}` : digits.toLowerCase());
    const value = sign === "-" ? -size : size;
    return value >= -(1n << 63n) && value < 1n << 63n ? value : null;
  }
  const isFloat = /^(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/.test(digits) && /[.eE]/.test(digits);
  const value = Number(plain);
  return isFloat && Number.isFinite(value) ? value : null;
}
