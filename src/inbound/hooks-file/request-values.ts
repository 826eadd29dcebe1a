/** The request as adnanh/webhook reads it: headers, query and payload as maps, by what the hook says of its body. */
import { type Allowed, everythingAllowed } from "./allowances.ts";
import { textOfBytes, textOfLatin1 } from "./byte-text.ts";
import { canonicalHeader } from "./canonical-header.ts";
import { type GoMap, type GoValue, NilMap } from "./go-value.ts";
import type { Hook } from "./hook.ts";
import type { HookRequest } from "./hook-request.ts";
import { parseParameters } from "./parse-parameters.ts";
import { readFormBody, readFormValues } from "./payload/form-values.ts";
import { JsonProblem, readGoJson } from "./payload/go-json-reader.ts";
import { readMediaType } from "./payload/media-type.ts";
import { MultipartProblem, readMultipart } from "./payload/multipart-parts.ts";
import { readXmlMap } from "./payload/xml-map.ts";
import { XmlProblem } from "./payload/xml-tokens.ts";

/** What of a received request matters to hooks. */
export interface ArrivedRequest {
  readonly method: string;
  /** Path and query, as in the request line. */
  readonly target: string;
  /** Names and values in turn, as they came; a character of a value stands for a byte. */
  readonly headers: readonly string[];
  readonly body: Uint8Array;
  /** Address and port. */
  readonly remoteAddress: string;
}

export type ReadRequest =
  | {
      readonly ok: true;
      readonly request: HookRequest;
      /** What could not be read, for the log; the rules are asked all the same. */
      readonly problems: readonly string[];
    }
  /** Answered without asking the rules. */
  | { readonly ok: false; readonly status: 500; readonly body: string; readonly message: string };

export function readHookRequest(
  arrived: ArrivedRequest,
  hook: Pick<Hook, "incomingPayloadContentType" | "parseParametersAsJson">,
  allowed: Allowed = everythingAllowed,
): ReadRequest {
  const headers = headerMap(arrived.headers);
  const mark = arrived.target.indexOf("?");
  const query = readFormValues(mark < 0 ? "" : textOfLatin1(arrived.target.slice(mark + 1)));
  const contentType = hook.incomingPayloadContentType || textOf(headers.get("Content-Type"));
  const isMultipart = contentType.startsWith("multipart/form-data;");
  // There, a multipart body is taken apart as it comes, and nobody has the whole of it to sign.
  const body = isMultipart && allowed.has("unsigned-multipart") ? new Uint8Array() : arrived.body;
  const problems: string[] = [];
  let payload: GoMap;
  try {
    payload =
      isMultipart && !/json|x-www-form-urlencoded|xml/.test(contentType)
        ? multipartPayload({ arrived, headers, query }, hook, problems)
        : payloadOf(contentType, isMultipart ? new Uint8Array() : arrived.body);
  } catch (error) {
    if (error instanceof MultipartProblem)
      return refused("Error occurred while parsing multipart form.", error.message);
    if (!(error instanceof JsonProblem || error instanceof XmlProblem || error instanceof FormProblem)) throw error;
    problems.push(`error parsing payload: ${error.message}`);
    payload = new NilMap();
  }
  const { method, remoteAddress } = arrived;
  const request: HookRequest = { method, remoteAddress, body, headers, query: query.values, payload };
  const parsed = parseParameters(hook.parseParametersAsJson, request, allowed);
  if (parsed.crash !== null) return refused("", parsed.crash);
  return { ok: true, request, problems: [...problems, ...parsed.problems] };
}

function refused(body: string, message: string): ReadRequest {
  return { ok: false, status: 500, body, message };
}

class FormProblem extends Error {}

const textOf = (value: GoValue | undefined): string => (typeof value === "string" ? value : "");

/** Names that Go's server keeps to itself are not among them. */
function headerMap(headers: readonly string[]): GoMap {
  const map: GoMap = new Map();
  for (let index = 0; index < headers.length; index += 2) {
    const name = canonicalHeader(headers[index] ?? "");
    if (!map.has(name)) map.set(name, textOfLatin1(headers[index + 1] ?? ""));
  }
  map.delete("Host");
  if (map.delete("Transfer-Encoding")) map.delete("Content-Length");
  map.delete("Trailer");
  if (map.get("Pragma") === "no-cache" && !map.has("Cache-Control")) map.set("Cache-Control", "no-cache");
  return map;
}

/** By what the content type contains, in this order. Throws where the body is not what it says. */
function payloadOf(contentType: string, body: Uint8Array): GoMap {
  if (contentType.includes("json")) return jsonPayload(body);
  if (contentType.includes("x-www-form-urlencoded")) {
    const form = readFormBody(body);
    if (form.problem !== null) throw new FormProblem(form.problem);
    return form.values;
  }
  return contentType.includes("xml") ? readXmlMap(body) : new NilMap();
}

/** Bytes that Go takes for white space when it looks for the `[` of a list. */
const spaces = new Set([9, 10, 11, 12, 13, 32, 0x85, 0xa0]);

function jsonPayload(body: Uint8Array): GoMap {
  const value = readGoJson(textOfBytes(body));
  if (body.find((byte) => !spaces.has(byte)) === 0x5b) return new Map([["root", value]]);
  return mapOf(value);
}

function mapOf(value: GoValue): GoMap {
  if (value === null) return new NilMap();
  if (value instanceof Map) return value;
  throw new JsonProblem("cannot unmarshal the value into an object");
}

interface MultipartRequest {
  readonly arrived: ArrivedRequest;
  readonly headers: GoMap;
  readonly query: { readonly problem: string | null };
}

/** Values as text; files only where they are JSON, or the hook says that they are. */
function multipartPayload(
  { arrived, headers, query }: MultipartRequest,
  hook: Pick<Hook, "parseParametersAsJson">,
  problems: string[],
): GoMap {
  const type = readMediaType(textOf(headers.get("Content-Type")));
  if (type?.type !== "multipart/form-data") {
    throw new MultipartProblem("request Content-Type isn't multipart/form-data");
  }
  const parts = readMultipart(arrived.body, type.parameters.get("boundary") ?? "");
  if (query.problem !== null) throw new MultipartProblem(query.problem);
  const payload: GoMap = new Map();
  const files: GoMap = new Map();
  const seen = new Set<string>();
  for (const part of parts) {
    const name = textOfLatin1(part.name);
    const key = `${part.isFile}:${name}`;
    if (seen.has(key)) continue;
    seen.add(key);
    if (!part.isFile) payload.set(name, textOfLatin1(part.content));
    else if (
      part.contentTypes.includes("application/json") ||
      hook.parseParametersAsJson.some((argument) => argument.source === "payload" && argument.name === name)
    ) {
      files.set(name, jsonFile(textOfLatin1(part.content), problems));
    }
  }
  for (const [name, value] of files) payload.set(name, value);
  return payload.size > 0 ? payload : new NilMap();
}

function jsonFile(text: string, problems: string[]): GoMap {
  try {
    return mapOf(readGoJson(text));
  } catch (error) {
    if (!(error instanceof JsonProblem)) throw error;
    problems.push(`error parsing JSON payload file: ${error.message}`);
    return new NilMap();
  }
}
