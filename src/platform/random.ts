import { randomFillSync } from "node:crypto";
import type { Random } from "../core/ports.ts";

/** Asking the system for 16 bytes costs twenty times what a copy does, so bytes are fetched in blocks. */
const poolBytes = 4096;

export function systemRandom(): Random {
  const pool = new Uint8Array(poolBytes);
  let used = poolBytes;
  return {
    /** For jitter and the like; nothing secret hangs on it. */
    fraction: () => Math.random(),
    bytes: (count) => {
      if (count > poolBytes) return randomFillSync(new Uint8Array(count));
      if (used + count > poolBytes) {
        randomFillSync(pool);
        used = 0;
      }
      const bytes = pool.slice(used, used + count);
      // A secret that was handed out has no second life in the pool.
      pool.fill(0, used, used + count);
      used += count;
      return bytes;
    },
  };
}
