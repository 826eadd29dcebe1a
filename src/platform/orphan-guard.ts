/**
 * Ends programs whose server was killed, which the server itself cannot: a small shell in a session of its own knows
 * their process groups, and hears by the end of its input that the server has gone.
 */
import { type ChildProcess, spawn } from "node:child_process";
import type { Writable } from "node:stream";

const shell = "/bin/sh";
/** Nothing but what is built into every `sh` (POSIX.1-2017). The list is ` 12 34 `. */
const script = `
trap '' INT TERM HUP
groups=' '
while read -r sign group; do
  case $sign in
    +) groups="$groups$group " ;;
    -) case $groups in *" $group "*) groups="\${groups%%" $group "*} \${groups#*" $group "}" ;; esac ;;
  esac
done
for group in $groups; do kill -s KILL -- "-$group" 2>/dev/null; done
`;

export class OrphanGuard {
  readonly #groups = new Set<number>();
  #child: ChildProcess | null = null;

  /** Before a program is started: then it is known as soon as it runs. */
  ready(): void {
    if (this.#child === null) this.#start();
  }

  add(group: number): void {
    this.#groups.add(group);
    this.#tell("+", group);
  }

  /** It has ended, or is to go on without us. */
  remove(group: number): void {
    this.#groups.delete(group);
    this.#tell("-", group);
  }

  close(): void {
    this.#child?.stdin?.end();
    this.#child = null;
  }

  /** Where there is no shell, or no room for it, programs are not ended, and run all the same. */
  #start(): void {
    const child = spawn(shell, ["-c", script], {
      detached: true,
      env: {},
      cwd: "/",
      stdio: ["pipe", "ignore", "ignore"],
    });
    const ended = (): void => {
      if (this.#child === child) this.#child = null;
    };
    child.on("error", ended);
    child.on("exit", ended);
    // There is none where as many files are open as may be.
    const input = child.stdin as (Writable & { unref?(): void }) | undefined;
    input?.on("error", ended);
    child.unref();
    input?.unref?.();
    this.#child = child;
    for (const group of this.#groups) this.#tell("+", group);
  }

  #tell(sign: "+" | "-", group: number): void {
    this.#child?.stdin?.write(`${sign} ${group}\n`);
  }
}
