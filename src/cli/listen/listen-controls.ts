/** What keys do while a listener runs, where both ends are a terminal. */
import type { Session } from "../session.ts";
import { takeKeys } from "./listen-keys.ts";
import type { ListenOutput } from "./listen-output.ts";
import type { Listener } from "./listener.ts";

interface Listening {
  readonly session: Session;
  readonly listener: Listener;
  readonly output: ListenOutput;
  /** Ends it in order. */
  readonly ending: AbortController;
  readonly signal: AbortSignal;
}

const help = [
  "r sends the last event again, or the one that ↑ and ↓ choose",
  "s skips the event that waits",
  "p pauses, and goes on",
  "v shows headers and bodies, or not",
  "q quits",
];

export function keysOf(listening: Listening): { announce(): void; end(): void } {
  const { session } = listening;
  const { stdin } = process;
  if (!session.output.isTable || !stdin.isTTY || !process.stderr.isTTY) return { announce: () => {}, end: () => {} };
  const keys = takeKeys(stdin, (key) => press(key, listening));
  return { announce: () => session.note("? shows the keys."), end: keys.end };
}

function press(key: string, { session, listener, output, ending, signal }: Listening): void {
  const { note } = session;
  switch (key) {
    case "r":
      listener.replay(signal).then(
        (isSent) => isSent || note("There is nothing to send again yet."),
        (error: Error) => signal.aborted || note(`It could not be sent again: ${error.message}`),
      );
      break;
    case "s":
      listener.skip();
      break;
    case "p":
      note(listener.togglePause() ? "Paused: p goes on." : "Goes on.");
      break;
    case "v":
      output.isVerbose = !output.isVerbose;
      note(output.isVerbose ? "Shows headers and bodies." : "Shows one line for each request.");
      break;
    case "up":
    case "down": {
      const event = listener.choose(key === "up" ? -1 : 1);
      if (event !== null) output.chosen(event);
      break;
    }
    case "q":
      ending.abort(new Error("the user has seen enough"));
      break;
    case "?":
      for (const line of help) note(line);
      break;
  }
}
