/** What a shell learns of how the program ended. `docs/command-line.md` states them. */
export const exitCodes = {
  ok: 0,
  failed: 1,
  usage: 2,
  /** `serve` cannot go on with its store: a newer version changed it, or it could not be opened anew. */
  storeLost: 3,
  /** 128 and the number of the signal, as shells count. */
  hungUp: 129,
  interrupted: 130,
  terminated: 143,
} as const;
