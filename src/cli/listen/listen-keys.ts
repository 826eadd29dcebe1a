/** Single keys of a terminal. When this program ends, the runtime puts the terminal back as it was, however it does. */

/** What a key is called: its character, or `up`, `down`, `quit`. */
type Key = string;

const named: Readonly<Record<string, Key>> = {
  "\u001b[A": "up",
  "\u001b[B": "down",
  "\u001bOA": "up",
  "\u001bOB": "down",
  "\u0004": "q",
};

/** An escape sequence is one key. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: it begins with one
const keyPattern = /\u001b\[[0-9;]*[A-Za-z~]|\u001bO[A-Z]|[\s\S]/gu;

/** `input` is a terminal. */
export function takeKeys(input: NodeJS.ReadStream, onKey: (key: Key) => void): { end(): void } {
  const raw = (): void => void input.setRawMode(true);
  const restore = (): void => void input.setRawMode(false);
  const onData = (text: string): void => {
    for (const key of text.match(keyPattern) ?? []) {
      if (key === "\u0003") process.kill(process.pid, "SIGINT");
      else if (key === "\u001a") {
        restore();
        process.kill(process.pid, "SIGTSTP");
      } else onKey(named[key] ?? key);
    }
  };
  const onContinued = (): void => {
    // The shell took it back meanwhile, which the runtime does not know.
    restore();
    raw();
  };
  raw();
  input.setEncoding("utf8").on("data", onData);
  process.on("SIGCONT", onContinued);
  return {
    end: () => {
      restore();
      input.off("data", onData).pause();
      process.off("SIGCONT", onContinued);
    },
  };
}
