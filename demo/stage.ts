/** How a demo begins and ends: with a table and an exit code, or by Ctrl-C; nothing is left behind either way. */
import type { Resources } from "../bench/resources.ts";
import type { Progress } from "./progress.ts";

export interface Stage {
  readonly progress: Progress;
  readonly resources: Resources;
}

export interface Shown {
  readonly text: string;
  readonly isWhole: boolean;
}

/** The process ends with 0 only where what was shown is whole. */
export async function onStage({ progress, resources }: Stage, demonstrate: () => Promise<Shown>): Promise<void> {
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    process.once(signal, async () => {
      progress.end("stopped; cleaning up");
      await resources.close();
      process.exit(130);
    });
  }
  try {
    const { text, isWhole } = await demonstrate();
    progress.say(text);
    process.exitCode = isWhole ? 0 : 1;
  } catch (error) {
    progress.say(`the demo failed: ${error instanceof Error ? error.message : error}`);
    process.exitCode = 1;
  } finally {
    await resources.close();
  }
}
