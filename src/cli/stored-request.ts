/** A request in a file, as the server gives what it keeps. */
import type { ReceivedRequest } from "../sdk/wire-sources.ts";
import { ClientFailure } from "./failure-text.ts";

/** What is not given is as good as any: POST, no headers, no body, this machine's own address, now. */
export function storedRequest(text: string, file: string): ReceivedRequest {
  const json = jsonOf(text, file);
  const headers = json.headers ?? [];
  const isList = Array.isArray(headers) && headers.every((pair) => Array.isArray(pair) && pair.length === 2);
  if (!isList || !headers.flat().every((part: unknown) => typeof part === "string")) {
    throw failure(file, '`headers` is no list of names and values, such as [["Content-Type", "application/json"]]');
  }
  for (const key of ["method", "target", "address", "received_at", "body", "body_base64"]) {
    if (json[key] !== undefined && typeof json[key] !== "string") throw failure(file, `\`${key}\` is no text`);
  }
  if (json.received_at !== undefined && Number.isNaN(Date.parse(String(json.received_at)))) {
    throw failure(file, "`received_at` is no time");
  }
  return {
    method: "POST",
    target: "/",
    address: "127.0.0.1",
    protocol: "http",
    received_at: new Date().toISOString(),
    ...json,
    headers,
  } as ReceivedRequest;
}

function jsonOf(text: string, file: string): Record<string, unknown> {
  try {
    const json: unknown = JSON.parse(text);
    if (typeof json === "object" && json !== null && !Array.isArray(json)) return { ...json };
  } catch {} // Told below.
  throw failure(file, "it is no JSON object");
}

const failure = (file: string, what: string): ClientFailure =>
  new ClientFailure(`\`${file}\` holds no request: ${what}.`, [
    "A request is {method, target, headers: [[name, value]], address, received_at, body | body_base64}.",
  ]);
