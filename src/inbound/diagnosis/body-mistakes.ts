/** Bodies that were changed between the signature and this server. */
import { hash } from "node:crypto";
import { setImmediate } from "node:timers/promises";
import { limits } from "../../core/limits.ts";
import { codingOf, expand } from "../bodies/expand.ts";
import { mediaTypeOf, textOf } from "../schemes/request-parts.ts";
import type { SchemeRequest } from "../schemes/scheme.ts";
import type { CauseCode } from "./causes.ts";
import { spelledOtherwise } from "./json-spelling.ts";
import { type Axis, type Mistake, withRequest } from "./mistake.ts";
import { withoutEnd, withoutEnds } from "./trimming.ts";

const bom = "\ufeff";
const nothing = new Uint8Array(0);
const formType = "application/x-www-form-urlencoded";

export async function bodyMistakes(request: SchemeRequest): Promise<Axis> {
  const { body, headers } = request;
  const mistakes: Mistake[] = [];
  const seen = new Set([digestOf(body)]);
  const add = (code: CauseCode, sentence: string, signed: Uint8Array | string): void => {
    const bytes = typeof signed === "string" ? Buffer.from(signed) : signed;
    const digest = digestOf(bytes);
    if (seen.has(digest)) return;
    seen.add(digest);
    mistakes.push({ code, sentence, undo: (trial) => withRequest(trial, { body: bytes }) });
  };
  const coding = codingOf(headers);
  const bounds = { bytesMax: limits.receivedBodyBytesDefault, take: () => {} };
  const expanded = coding === "" ? null : await expand(body, coding, bounds);
  if (expanded !== null) add("body_compressed", `It was signed before it was compressed (${coding}).`, expanded);
  const text = textOf(body);
  if (text !== null) addTexts(text, mediaTypeOf(request) === formType, add);
  // Each costs as much as some requests: others have their turn between them.
  for (const { words, text: spelled } of spelledOtherwise((text ?? "").replace(bom, ""))) {
    add("body_reserialised", `The signature is right for the same JSON ${words}: it was written anew.`, spelled);
    await setImmediate();
  }
  const latin = Buffer.from(body).toString("latin1");
  add("body_charset", "It was signed as UTF-8, and came in Latin-1.", latin);
  if (text !== null && Buffer.from(text, "latin1").toString("latin1") === text) {
    add("body_charset", "It was signed in Latin-1, and came as UTF-8.", Buffer.from(text, "latin1"));
  }
  add("body_not_signed", "The signature is of an empty body.", nothing);
  return mistakes;
}

const digestOf = (bytes: Uint8Array): string => hash("sha256", bytes);

type Add = (code: CauseCode, sentence: string, signed: string) => void;

function addTexts(text: string, isForm: boolean, add: Add): void {
  const bare = withoutEnd(text, "\r\n");
  add("body_newline", "It was signed without the new line that it ends with.", bare);
  add("body_newline", "It was signed without the last new line that it ends with.", text.replace(/\r?\n$/, ""));
  add("body_newline", "It was signed with a new line at its end, which it came without.", `${text}\n`);
  add("body_newline", "It was signed with a new line (CR LF) at its end, which it came without.", `${text}\r\n`);
  add("body_newline", "It was signed without the white space around it.", withoutEnds(text, " \t\r\n"));
  const unix = text.replaceAll("\r\n", "\n");
  add("body_line_endings", "It was signed with lines that end with LF, and came with CR LF.", unix);
  add(
    "body_line_endings",
    "It was signed with lines that end with CR LF, and came with LF.",
    unix.replaceAll("\n", "\r\n"),
  );
  if (text.startsWith(bom))
    add("body_bom", "It was signed without the byte order mark that it came with.", bare.slice(1));
  else add("body_bom", "It was signed with a byte order mark, which it came without.", bom + text);
  if (text.startsWith(bom)) add("body_bom", "It was signed without its byte order mark.", text.slice(1));
  if (isForm || /^[^=&\s{]+=[^{]*$/.test(text)) addForms(text, add);
}

function addForms(text: string, add: Add): void {
  const anew = new URLSearchParams(text).toString();
  const said = "The signature is right for the same form";
  add("body_form_reencoded", `${said} with its fields encoded anew.`, anew);
  add("body_form_reencoded", `${said} with spaces as %20.`, anew.replaceAll("+", "%20"));
  add("body_form_reencoded", `${said} with spaces as +.`, text.replaceAll("%20", "+"));
  add("body_form_reencoded", `${said} with codes in lower case.`, anew.replace(/%[0-9A-F]{2}/g, lower));
  try {
    add("body_form_reencoded", `${said} with its fields decoded.`, decodeURIComponent(text.replaceAll("+", " ")));
  } catch {} // It has no codes that are text.
}

const lower = (code: string): string => code.toLowerCase();
