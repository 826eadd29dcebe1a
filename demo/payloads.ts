/** Every example payload of GitHub's webhooks in `@octokit/webhooks-examples`, byte for byte as the package has it. */
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { elementBytes, memberBytes } from "./json-text.ts";

export interface Payload {
  /** `github.<event>.<action>`, or `github.<event>` where the payload has no action. */
  readonly type: string;
  /** JSON text, indented as people wrote it. */
  readonly data: Buffer;
}

export async function readPayloads(): Promise<Payload[]> {
  const path = createRequire(import.meta.url).resolve("@octokit/webhooks-examples");
  const definitions = elementBytes(await readFile(path));
  return definitions.flatMap((definition) => {
    const event = stringMember(definition, "name");
    const examples = memberBytes(definition, "examples");
    if (event === null || examples === null) throw new Error(`${path} does not look as expected`);
    return elementBytes(examples).map((data) => {
      const action = stringMember(data, "action");
      return { type: action === null ? `github.${event}` : `github.${event}.${action}`, data };
    });
  });
}

function stringMember(object: Buffer, name: string): string | null {
  const value: unknown = JSON.parse(memberBytes(object, name)?.toString("utf8") ?? "null");
  return typeof value === "string" ? value : null;
}

/** What publishes them: their own bytes, with nothing but names around them. */
export function batchBody(payloads: readonly (Payload & { readonly id?: string })[]): string {
  const events = payloads.map(({ id, type, data }) => {
    const named = id === undefined ? "" : `"id":"${id}",`;
    return `{${named}"type":"${type}","data":${data.toString("utf8")}}`;
  });
  return `[${events.join(",")}]`;
}
