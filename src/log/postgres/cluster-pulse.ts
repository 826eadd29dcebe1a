/**
 * Looks for what other processes changed: one small statement for all who listen, a few times a second, and at once
 * where one of them rings. Where nothing can be heard, as through a pooler, looking is all there is.
 */
import { type ClusterPulse, type PulseKind, pulseKinds } from "../cluster-pulse.ts";
import type { Row } from "./database.ts";
import type { StoreParts } from "./parts.ts";

const lookEveryMs = 250;
/** Rings of one process are at least so far apart. */
const ringMs = 20;

export class PostgresClusterPulse implements ClusterPulse {
  readonly #parts: Pick<StoreParts, "database" | "listener">;
  readonly #listeners: { readonly kind: PulseKind; readonly told: () => void }[] = [];
  #seen: Row = {};
  /** Noted inside of a transaction, which may not have been over when it was seen. */
  #lookedAtOnce: readonly PulseKind[] = [];
  #lookTimer: NodeJS.Timeout | null = null;
  #ringTimer: NodeJS.Timeout | null = null;
  #isLooking = false;
  #isAskedAgain = false;
  #hasNews = false;
  #ringing: Promise<unknown> = Promise.resolve();
  #isClosed = false;

  constructor(parts: Pick<StoreParts, "database" | "listener">) {
    this.#parts = parts;
  }

  listen(kind: PulseKind, told: () => void): void {
    const isFirst = this.#listeners.length === 0;
    this.#listeners.push({ kind, told });
    if (!isFirst) return;
    this.#parts.listener?.hear("trotline_pulse", () => void this.#look());
    this.#lookLater();
  }

  /** This process committed something of whatever kind: all are told, soon and once for many. */
  ring(): void {
    this.#hasNews = true;
    if (this.#ringTimer !== null || this.#isClosed) return;
    this.#ringNow();
    this.#ringTimer = setTimeout(() => {
      this.#ringTimer = null;
      if (this.#hasNews) this.ring();
    }, ringMs).unref();
  }

  async close(): Promise<void> {
    if (this.#lookTimer !== null) clearTimeout(this.#lookTimer);
    if (this.#ringTimer !== null) clearTimeout(this.#ringTimer);
    if (this.#hasNews && !this.#isClosed) this.#ringNow();
    this.#isClosed = true;
    await this.#ringing;
  }

  /** Unheard, it costs others a moment: they look by themselves. */
  #ringNow(): void {
    this.#hasNews = false;
    this.#ringing = this.#parts.database.run("pulse-ring").catch(() => {});
  }

  async #look(): Promise<void> {
    this.#isAskedAgain = this.#isLooking;
    if (this.#isLooking || this.#isClosed) return;
    this.#isLooking = true;
    try {
      const [row = {}] = await this.#parts.database.run("pulse");
      this.#tell(row);
    } catch {
      // The database is away, which others say: it is looked for again.
    }
    this.#isLooking = false;
    if (this.#isAskedAgain) void this.#look();
    else this.#lookLater();
  }

  #tell(row: Row): void {
    const moved = pulseKinds.filter((kind) => row[kind] !== this.#seen[kind]);
    const again = this.#lookedAtOnce.filter((kind) => !moved.includes(kind));
    this.#seen = row;
    this.#lookedAtOnce = moved.filter((kind) => kind !== "configuration");
    if (this.#isClosed) return;
    for (const { kind, told } of this.#listeners) if (moved.includes(kind) || again.includes(kind)) told();
  }

  #lookLater(): void {
    if (this.#isClosed) return;
    if (this.#lookTimer !== null) clearTimeout(this.#lookTimer);
    this.#lookTimer = setTimeout(() => void this.#look(), lookEveryMs).unref();
  }
}
