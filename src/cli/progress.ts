/** One line on a terminal that says how far long work is; nothing where nobody watches. */

export interface Progress {
  show(text: string): void;
  /** As `show`, also where something was shown just before. */
  hold(text: string): void;
  /** Takes the line away, before anything else is written. */
  clear(): void;
}

const intervalMs = 100;
const eraseLine = "\r\u001b[2K";

export function systemProgress(stream: NodeJS.WriteStream, now: () => number = () => performance.now()): Progress {
  if (stream.isTTY !== true) return { show: () => {}, hold: () => {}, clear: () => {} };
  let shownAtMs = Number.NEGATIVE_INFINITY;
  let isShown = false;
  const hold = (text: string): void => {
    shownAtMs = now();
    isShown = true;
    stream.write(`${eraseLine}${text.slice(0, Math.max(1, (stream.columns || 80) - 1))}`);
  };
  return {
    hold,
    show(text) {
      if (now() - shownAtMs >= intervalMs) hold(text);
    },
    clear() {
      if (isShown) stream.write(eraseLine);
      isShown = false;
    },
  };
}
