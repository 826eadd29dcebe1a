/**
 * The pipes that programs write to. Node itself gives a program sockets, which cannot be opened by their names
 * (https://man7.org/linux/man-pages/man2/open.2.html, ENXIO): a script's `echo … > /dev/stderr` would fail.
 */
import { execFile } from "node:child_process";
import { closeSync, constants, openSync, rmSync } from "node:fs";
import { Socket } from "node:net";
import { join } from "node:path";

export interface RunPipe {
  readonly reader: Socket;
  /** Until it is closed here, too, the reader does not end. */
  readonly writer: number;
}

/** A program makes them, so many are made at once. */
const madeAtOnce = 32;
/** What could not be made is tried again after this. */
const againMs = 60_000;
const defaultPath = "/usr/bin:/bin";

export class RunPipes {
  readonly #folder: () => Promise<string>;
  /** Paths of those that nobody has open. */
  readonly #free: string[] = [];
  #madeCount = 0;
  #making: Promise<void> | null = null;
  /** There is no `mkfifo`, the folder takes no pipes, or there is no room for them: sockets do until then. */
  #unavailableUntilMs = 0;

  constructor(folder: () => Promise<string>) {
    this.#folder = folder;
  }

  /** Open, for one program; null where there are none to be had. Never rejects. */
  async take(count: number): Promise<readonly RunPipe[] | null> {
    while (this.#free.length < count) {
      if (performance.now() < this.#unavailableUntilMs) return null;
      this.#making ??= this.#make();
      await this.#making;
    }
    const taken: RunPipe[] = [];
    const paths = this.#free.splice(-count);
    try {
      for (const path of paths) taken.push(this.#open(path));
      return taken;
    } catch {
      // As many files are open as may be: the program's start will say so.
      this.#free.push(...paths.slice(taken.length));
      discardPipes(taken);
      return null;
    }
  }

  #open(path: string): RunPipe {
    // Without a writer, only a reader that does not wait for one can be opened; the writer then has its reader.
    const descriptor = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    let writer: number;
    try {
      writer = openSync(path, constants.O_WRONLY);
    } catch (error) {
      closeSync(descriptor);
      throw error;
    }
    const reader = new Socket({ fd: descriptor, readable: true, writable: false });
    reader.on("error", () => {});
    reader.on("close", () => {
      // Where it has not ended, somebody writes to it yet: nobody else is to read that.
      if (reader.readableEnded) this.#free.push(path);
      else rmSync(path, { force: true });
    });
    return { reader, writer };
  }

  async #make(): Promise<void> {
    try {
      const folder = await this.#folder();
      const paths = Array.from({ length: madeAtOnce }, () => join(folder, `pipe-${++this.#madeCount}`));
      await makeFifos(paths);
      this.#free.push(...paths);
    } catch {
      this.#unavailableUntilMs = performance.now() + againMs;
    }
    this.#making = null;
  }
}

/** The program was not started, or has them now. */
export function closeWriters(pipes: readonly RunPipe[]): void {
  for (const { writer } of pipes) closeSync(writer);
}

export function discardPipes(pipes: readonly RunPipe[]): void {
  closeWriters(pipes);
  for (const { reader } of pipes) reader.destroy();
}

function makeFifos(paths: readonly string[]): Promise<void> {
  const env = { PATH: process.env.PATH ?? defaultPath };
  return new Promise((resolve, reject) => {
    execFile("mkfifo", ["-m", "600", ...paths], { env }, (error) => (error === null ? resolve() : reject(error)));
  });
}
