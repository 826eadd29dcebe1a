/**
 * What was accepted and has not run: how much of it there is for each hook, what was found out about it when it came,
 * and who waits for its outcome. The log is what keeps it; this is lost with the process.
 */
import type { Hook } from "../hooks-file/hook.ts";
import type { HookRequest } from "../hooks-file/hook-request.ts";
import type { HookRun } from "./hook-command.ts";

export interface AcceptedHook {
  readonly hook: Hook;
  /** Null where it is to be read from the log again: no more are held in memory. */
  readonly request: HookRequest | null;
  readonly requestId: string;
  /** Called once, with what came of it. */
  readonly ended: (run: HookRun) => void;
}

/** Bytes of bodies that are held until their command runs. */
const heldBytesMax = 64 * 1024 * 1024;

export class HookQueue {
  readonly #accepted = new Map<string, AcceptedHook>();
  readonly #lengths = new Map<string, number>();
  #bytes = 0;

  /** Requests of the hook that wait or run. */
  length(hookId: string): number {
    return this.#lengths.get(hookId) ?? 0;
  }

  /** Before the event is stored: its command may begin before the store has answered. */
  add(eventId: string, accepted: AcceptedHook): void {
    const bytes = accepted.request?.body.length ?? 0;
    const isHeld = this.#bytes + bytes <= heldBytesMax;
    if (isHeld) this.#bytes += bytes;
    this.#accepted.set(eventId, isHeld ? accepted : { ...accepted, request: null });
    this.#lengths.set(accepted.hook.id, this.length(accepted.hook.id) + 1);
  }

  /** Undefined where it was accepted by a process before this one. */
  get(eventId: string): AcceptedHook | undefined {
    return this.#accepted.get(eventId);
  }

  /** It ran, or it was not stored. */
  remove(eventId: string): void {
    const accepted = this.#accepted.get(eventId);
    if (accepted === undefined) return;
    this.#accepted.delete(eventId);
    this.#bytes -= accepted.request?.body.length ?? 0;
    const length = this.length(accepted.hook.id) - 1;
    if (length === 0) this.#lengths.delete(accepted.hook.id);
    else this.#lengths.set(accepted.hook.id, length);
  }
}
