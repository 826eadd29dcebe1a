/** Of programs: which the system does not start itself. */
import { closeSync, constants, openSync, readSync } from "node:fs";
import { resolve } from "node:path";

/** As much as Linux itself looks at: https://man7.org/linux/man-pages/man2/execve.2.html */
const headBytes = 256;
const interpreterMark = Buffer.from("#!");

/**
 * True of text without a `#!` line, and of an empty file. The C library hands those to `/bin/sh`
 * (https://man7.org/linux/man-pages/man3/exec.3.html): a script that is only half written yet would end well.
 */
export function isShellOnly(program: string, workingDirectory: string): boolean {
  const head = headOf(resolve(workingDirectory, program));
  return head !== null && !head.subarray(0, 2).equals(interpreterMark) && !head.includes(0);
}

/** Null where it cannot be read: whether it can be started all the same, the start says. */
function headOf(program: string): Buffer | null {
  let file: number | null = null;
  try {
    // A pipe would wait for its writer.
    file = openSync(program, constants.O_RDONLY | constants.O_NONBLOCK);
    const head = Buffer.alloc(headBytes);
    return head.subarray(0, readSync(file, head));
  } catch {
    return null;
  } finally {
    if (file !== null) closeSync(file);
  }
}
