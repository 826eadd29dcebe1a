import type { Command } from "commander";
import { hooksPath } from "../../http/hooks-server-path.ts";
import { type Explanation, explainRequest } from "../../inbound/hooks-file/explain.ts";
import type { Hook } from "../../inbound/hooks-file/hook.ts";
import type { ReceivedRequest } from "../../sdk/wire-sources.ts";
import { addClientFlags, type ClientFlags, clientCommand } from "../client-command.ts";
import { explanationJson, explanationText } from "../explanation-text.ts";
import { ClientFailure } from "../failure-text.ts";
import { listFlag, textFlag } from "../flags.ts";
import { allowedBy, allowFlag, bytesOf, type HooksFileFlags, readHooksAt } from "../read-hooks-files.ts";
import { inSession, type Session } from "../session.ts";
import { storedRequest } from "../stored-request.ts";
import { UsageError } from "../usage-error.ts";

interface Flags extends ClientFlags, HooksFileFlags {
  readonly hooks?: readonly string[];
  readonly hook?: string;
  readonly request?: string;
  readonly tenant?: string;
}

/** `trotline explain`: what a hook's rule says of a request, part by part. */
export function explainCommand(): Command {
  const command = clientCommand("explain", {
    summary: "show what a hook's rule says of a stored request, part by part",
    example: "trotline explain evt_01… --hooks hooks.json --hook redeploy",
  })
    .argument("[event]", "id of the event that the request became; --request instead for one that is in a file")
    .addOption(listFlag("--hooks <files>", "the hooks files"))
    .addOption(textFlag("--hook <id>", "which hook; if absent, the one that the request's path names"))
    .addOption(textFlag("--request <path>", "a file with the request, as GET /v1/events/{id}/request gives it"))
    .addOption(textFlag("--tenant <tenant>", "the event's tenant"))
    .option("--template", "the hooks files are Go templates")
    .addOption(allowFlag())
    .option("--compat", "as `trotline hooks --compat` does");
  return addClientFlags(command).action(async (event: string | undefined, flags: Flags) => {
    const { hooks: files = [], request } = flags;
    if (files.length === 0) throw new UsageError("`explain` needs the hooks file, such as --hooks hooks.json.");
    if ((event === undefined) === (request === undefined)) {
      throw new UsageError("`explain` takes the id of an event, or --request with a file.");
    }
    const hooks = await hooksOf(files, flags);
    if (request !== undefined) {
      const stored = storedRequest(Buffer.from(await bytesOf(request)).toString("utf8"), request);
      write(explained(hooks, stored, flags), flags.json === true || !process.stdout.isTTY);
      return;
    }
    await inSession(flags, async (session) => {
      const stored = await requestOf(session, event ?? "", flags.tenant);
      write(explained(hooks, stored, flags), !session.output.isTable);
    });
  });
}

async function hooksOf(files: readonly string[], flags: Flags): Promise<readonly Hook[]> {
  const hooks: Hook[] = [];
  for (const file of files) {
    const read = await readHooksAt(file, flags);
    if (read.failure !== null) throw new ClientFailure(`\`${file}\` cannot be read: ${read.failure}.`, []);
    hooks.push(...read.hooks);
  }
  return hooks;
}

function requestOf(session: Session, event: string, tenant: string | undefined): Promise<ReceivedRequest> {
  return session.transport.call<ReceivedRequest>({
    method: "GET",
    path: `/v1/events/${encodeURIComponent(event)}/request`,
    ...(tenant !== undefined && { query: { tenant } }),
    signal: session.signal,
  });
}

function explained(hooks: readonly Hook[], stored: ReceivedRequest, flags: Flags): Explanation {
  const hook = hookOf(hooks, stored.target, flags.hook);
  const body =
    stored.body_base64 === undefined
      ? Buffer.from(stored.body ?? "", "utf8")
      : Buffer.from(stored.body_base64, "base64");
  const { method, target, address } = stored;
  // Without its port, which is not kept of requests to sources.
  const isBare = !/:\d+$/.test(address) || (address.includes("::") && !address.includes("]"));
  const remoteAddress = isBare ? `${address.includes(":") ? `[${address}]` : address}:0` : address;
  const arrived = { method, target, headers: stored.headers.flat(), body, remoteAddress };
  const context = { nowMs: Date.parse(stored.received_at), allowed: allowedBy(flags) };
  const explanation = explainRequest(hook, arrived, context);
  const query = new URLSearchParams(target.slice(target.indexOf("?") + 1));
  const hidden = [...stored.headers, ...query].filter(([, value]) => value === "(hidden)").map(([name]) => name);
  const note = `The server shows no credentials: what a rule says of ${hidden.join(", ")} is not what it said then.`;
  return hidden.length === 0 ? explanation : { ...explanation, problems: [...explanation.problems, note] };
}

/** The id stands behind the prefix of the URLs: the longest end of the path that is one. */
function hookOf(hooks: readonly Hook[], target: string, id: string | undefined): Hook {
  const found = hooksPath(target);
  const parts = found.kind === "path" ? found.path.split("/") : [];
  const ends = parts.map((_, index) => parts.slice(index).join("/")).slice(1);
  const wanted = id ?? ends.find((end) => hooks.some((candidate) => candidate.id === end)) ?? ends.at(1) ?? ends[0];
  const hook =
    hooks.find((candidate) => candidate.id === wanted) ??
    (id === undefined && hooks.length === 1 ? hooks[0] : undefined);
  if (hook !== undefined) return hook;
  const known = hooks.map((candidate) => candidate.id).join(", ");
  throw new ClientFailure(`There is no hook \`${wanted}\` in the files.`, [`--hook takes one of: ${known || "none"}.`]);
}

function write(explanation: Explanation, isJson: boolean): void {
  process.stdout.write(isJson ? explanationJson(explanation) : explanationText(explanation));
}
