/** Which of a process's roles an address belongs to, where processes that share a store have not all of them. */
import type { App } from "../app.ts";
import { TrotlineError } from "../core/errors.ts";
import type { ProcessRole } from "../core/shard.ts";

/** Of every process: for whoever looks after it, and the document that describes all of them. */
const ofAll: ReadonlySet<string> = new Set(["/healthz", "/readyz", "/metrics", "/openapi.json"]);

/** Null where every process answers. */
function roleOf(url: string): ProcessRole | null {
  if (ofAll.has(url)) return null;
  return url.startsWith("/in/") ? "receive" : "api";
}

/** Null where this process answers at this address; else the refusal, `role-elsewhere`. */
export function roleRefusal(url: string, { process }: App): TrotlineError | null {
  const role = roleOf(url);
  if (role === null || process.roles.includes(role)) return null;
  const detail = `This process has the roles ${process.roles.join(", ")}, and not \`${role}\`, which answers here.`;
  return new TrotlineError("role-elsewhere", detail);
}
