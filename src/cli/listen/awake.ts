/** Time while this program runs: a machine that sleeps, or a program that is stopped, has spent none of it. */

/** How often it is seen that this program runs. */
const beatMs = { min: 10, max: 250 };
/** Of a machine so slow that every beat is late, so many end it all the same. */
const lateBeatsMax = 8;
const watchMs = 1000;
/** A gap that is taken for sleep. */
const sleepMsMin = 5000;

/** Aborted after `ms` of being awake, and never on waking: what came meanwhile is read first. */
export function awakeDeadline(ms: number): { readonly signal: AbortSignal; end(): void } {
  const ending = new AbortController();
  const beat = Math.max(beatMs.min, Math.min(beatMs.max, Math.ceil(ms / 4)));
  let leftMs = ms;
  let beforeMs = performance.now();
  const timer = setInterval(() => {
    const gapMs = performance.now() - beforeMs;
    beforeMs = performance.now();
    const hasSlept = gapMs > 2 * beat;
    leftMs -= hasSlept ? beat : gapMs;
    if (leftMs <= (hasSlept ? -lateBeatsMax * beat : 0)) ending.abort();
  }, beat);
  return { signal: ending.signal, end: () => clearInterval(timer) };
}

/** Calls back after each sleep, with its length. By the clock on the wall: the other may stand still meanwhile. */
export function onWaking(callback: (sleptMs: number) => void): { end(): void } {
  let beforeMs = Date.now();
  const timer = setInterval(() => {
    const gapMs = Date.now() - beforeMs;
    beforeMs = Date.now();
    if (gapMs >= sleepMsMin) callback(gapMs);
  }, watchMs);
  timer.unref();
  return { end: () => clearInterval(timer) };
}
