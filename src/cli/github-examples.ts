/** Real payloads of GitHub's, where the package that collects them is installed beside the user's own. */
import { createRequire } from "node:module";
import { join } from "node:path";
import type { Sample } from "../inbound/simulate/sample.ts";

const packageName = "@octokit/webhooks-examples";

interface Example {
  readonly name: string;
  readonly examples: readonly { readonly action?: string }[];
}

/** Of an event such as `pull_request` or `pull_request.opened`; null where the package is not there, or has none. */
export function githubExample(event: string): Sample | null {
  const [name = "", action] = event.split(".", 2);
  const found = installed()?.find((example) => example.name === name);
  const body = found?.examples.find((example) => action === undefined || example.action === action);
  return body === undefined ? null : { type: name, body };
}

function installed(): readonly Example[] | null {
  for (const from of [join(process.cwd(), "any.js"), import.meta.url]) {
    try {
      return createRequire(from)(packageName);
    } catch {} // It is installed elsewhere, or nowhere.
  }
  return null;
}
