/**
 * A worker is a process of its own that answers commands: the receiver, the load generator and the baselines are
 * workers, so that none of them shares a thread with what is measured.
 */
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { basename } from "node:path";
import { fileURLToPath } from "node:url";
import type { Resources } from "./resources.ts";

// biome-ignore lint/suspicious/noExplicitAny: a command takes what it likes; `call` gives each caller its exact shape
type Commands = Record<string, (input: any) => unknown>;

interface Call {
  readonly number: number;
  readonly name: string;
  readonly input: unknown;
}

type Reply = { readonly number: number } & ({ readonly output: unknown } | { readonly error: string });

export interface Worker<C extends Commands> {
  call<N extends keyof C & string>(name: N, input: Parameters<C[N]>[0]): Promise<Awaited<ReturnType<C[N]>>>;
}

/** Starts `file` as a process that ends with `resources`. */
export async function startWorker<C extends Commands>(file: URL, resources: Resources): Promise<Worker<C>> {
  const child = fork(fileURLToPath(file), { serialization: "advanced" });
  resources.add(() => endWorker(child));
  const waiting = new Map<number, PromiseWithResolvers<unknown>>();
  child.on("message", (reply: Reply) => {
    const call = waiting.get(reply.number);
    waiting.delete(reply.number);
    if ("error" in reply) call?.reject(new Error(`${basename(file.pathname)}: ${reply.error}`));
    else call?.resolve(reply.output);
  });
  child.on("exit", (code) => {
    for (const call of waiting.values()) call.reject(new Error(`${basename(file.pathname)} ended with ${code}`));
  });
  let number = 0;
  return {
    call(name, input) {
      number += 1;
      const call = Promise.withResolvers<unknown>();
      waiting.set(number, call);
      child.send({ number, name, input } satisfies Call);
      return call.promise as never;
    },
  };
}

/** The worker's side: answers each call with what the command of its name gives. Ends when its parent does. */
export function serveCommands(commands: Commands): void {
  process.on("disconnect", () => process.exit());
  // Ctrl-C reaches the whole group of processes; the one that began this worker decides when it ends.
  process.on("SIGINT", () => {});
  process.on("message", async ({ number, name, input }: Call) => {
    try {
      process.send?.({ number, output: await commands[name]?.(input) } satisfies Reply);
    } catch (error) {
      process.send?.({ number, error: String(error) } satisfies Reply);
    }
  });
}

async function endWorker(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, "exit");
  child.kill("SIGKILL");
  await ended;
}
