import { readFile, stat } from "node:fs/promises";
import { isIP } from "node:net";

/** How long the file is trusted not to have changed. */
const checkEveryMs = 5000;

/** A file beyond this is somebody's list of blocked hosts, and not of receivers. */
const fileBytesMax = 4 * 1024 * 1024;

const systemPath =
  process.platform === "win32"
    ? `${process.env.SystemRoot ?? "C:\\Windows"}\\System32\\drivers\\etc\\hosts`
    : "/etc/hosts";

/** The machine's own list of names, which comes before any name server. Read again after it has changed. */
export class HostsFile {
  readonly #path: string;
  #addresses: ReadonlyMap<string, readonly string[]> = new Map();
  #version = "";
  #checkAtMs = 0;

  constructor(path = systemPath) {
    this.#path = path;
  }

  /** Empty where the name is not listed, or the file cannot be read. */
  async addressesOf(name: string): Promise<readonly string[]> {
    const nowMs = performance.now();
    if (nowMs >= this.#checkAtMs) {
      this.#checkAtMs = nowMs + checkEveryMs;
      await this.#refresh().catch(() => {});
    }
    return this.#addresses.get(name.toLowerCase().replace(/\.$/, "")) ?? [];
  }

  async #refresh(): Promise<void> {
    const { mtimeMs, size, ino } = await stat(this.#path);
    const version = `${mtimeMs} ${size} ${ino}`;
    if (version === this.#version) return;
    this.#addresses = size > fileBytesMax ? new Map() : parseHosts(await readFile(this.#path, "utf8"));
    this.#version = version;
  }
}

/** Names in lower case with their addresses, in the order of the file. */
export function parseHosts(text: string): ReadonlyMap<string, readonly string[]> {
  const addresses = new Map<string, string[]>();
  for (const line of text.split(/\r?\n/)) {
    const [address = "", ...names] = line.replace(/#.*/, "").trim().split(/\s+/);
    if (isIP(address) === 0) continue;
    for (const name of names) {
      const listed = addresses.get(name.toLowerCase()) ?? [];
      if (!listed.includes(address)) listed.push(address);
      addresses.set(name.toLowerCase(), listed);
    }
  }
  return addresses;
}
