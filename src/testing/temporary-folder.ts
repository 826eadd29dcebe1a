import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const folders: string[] = [];

/**
 * A folder that is there until this process ends, and not only until a test does: what the test started may write to it
 * until it has been ended too.
 */
export function temporaryFolder(name: string): string {
  const folder = mkdtempSync(join(tmpdir(), `trotline-${name}-`));
  if (folders.length === 0) process.on("exit", removeAll);
  folders.push(folder);
  return folder;
}

function removeAll(): void {
  for (const folder of folders) {
    try {
      rmSync(folder, { recursive: true, force: true });
    } catch {
      // Somebody who was not ended writes to it: the system removes it some day.
    }
  }
}
