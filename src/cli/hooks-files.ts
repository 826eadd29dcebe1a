/** Files of a running server of hooks: its log, and the one with its process id. */
import { closeSync, mkdirSync, openSync, readFileSync, rmSync, writeFileSync, writeSync } from "node:fs";
import { dirname } from "node:path";

/** Written synchronously, so that the last words of a process that dies are there. */
export class LogFile {
  readonly #path: string;
  #descriptor: number;

  constructor(path: string) {
    this.#path = path;
    this.#descriptor = openSync(path, "a", 0o666);
  }

  write(line: string): void {
    try {
      writeSync(this.#descriptor, line);
    } catch {
      // A full disk must not end the server.
    }
  }

  /** Somebody has moved it away, to begin another. */
  reopen(): void {
    const before = this.#descriptor;
    try {
      this.#descriptor = openSync(this.#path, "a", 0o666);
      closeSync(before);
    } catch {
      // The one that is open goes on being written.
    }
  }
}

/** Throws where another process that runs has it. */
export function writePidFile(path: string): void {
  const other = pidIn(path);
  if (other !== null && isRunning(other)) {
    throw new Error(`pid file found, ensure webhook is not running or delete ${path}`);
  }
  mkdirSync(dirname(path), { recursive: true, mode: 0o755 });
  writeFileSync(path, String(process.pid), { mode: 0o644 });
}

export function removePidFile(path: string): void {
  if (pidIn(path) === process.pid) rmSync(path, { force: true });
}

function pidIn(path: string): number | null {
  try {
    const text = readFileSync(path, "utf8").trim();
    return /^\d{1,10}$/.test(text) ? Number(text) : null;
  } catch {
    return null;
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
