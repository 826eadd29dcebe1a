import type { Command } from "commander";
import { pause } from "../../sdk/pause.ts";
import type { Cluster } from "../../sdk/wire.ts";
import { addClientFlags, type ClientFlags, clientCommand } from "../client-command.ts";
import { clusterText } from "../cluster-text.ts";
import { jsonOf } from "../raw-json.ts";
import { inSession, type Session } from "../session.ts";

const watchEveryMs = 1000;
/** As many as it takes to say that a lag grows. */
const readingsKept = 5;
const clearScreen = "\u001b[H\u001b[2J";

interface ClusterFlags extends ClientFlags {
  readonly watch?: boolean;
}

/** `trotline cluster`: who works on the store. */
export function clusterCommand(): Command {
  const command = clientCommand("cluster", {
    summary: "show who shares the store, and what is wrong",
    example: "trotline cluster --watch",
  }).option("--watch", "ask again every second, until Ctrl-C");
  return addClientFlags(command).action(({ watch, ...flags }: ClusterFlags) => {
    const isEndless = watch === true;
    return inSession(flags, (session) => show(session, isEndless), { isEndless });
  });
}

async function show(session: Session, isEndless: boolean): Promise<void> {
  const { client, signal, output } = session;
  const before: Cluster[] = [];
  for (;;) {
    const cluster = await client.cluster({ signal });
    if (output.isTable) await output.write((isEndless ? clearScreen : "") + screenText(session, cluster, before));
    else await output.writeJsonLines([jsonOf(cluster)]);
    if (!isEndless) return;
    before.push(cluster);
    if (before.length > readingsKept) before.shift();
    await pause(watchEveryMs, signal);
  }
}

function screenText({ output }: Session, cluster: Cluster, before: readonly Cluster[]): string {
  const { title, rows, sentences } = clusterText(cluster, { width: output.width, before });
  return `${output.dim(title)}\n${rows}\n${sentences.map((sentence) => `${sentence}\n`).join("")}`;
}
