import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { chmodSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { it, type TestContext } from "node:test";
import { eventually } from "../testing/eventually.ts";
import { ProcessRunner, type RunRequest, type RunResult } from "./process-runner.ts";

const path = { PATH: "/usr/local/bin:/usr/bin:/bin" };

interface Scene {
  readonly runner: ProcessRunner;
  readonly folder: string;
  run(request: Partial<RunRequest>): Promise<RunResult>;
  /** By `sh`; the script's arguments follow. */
  script(text: string, request?: Partial<RunRequest>): Promise<RunResult>;
}

function aRunner(context: TestContext, { killGraceMs = 5000 } = {}): Scene {
  const folder = mkdtempSync(join(tmpdir(), "runner-"));
  const runner = new ProcessRunner({ folder: join(folder, "files"), killGraceMs });
  context.after(async () => {
    await runner.close(0);
    rmSync(folder, { recursive: true, force: true });
  });
  const run = (request: Partial<RunRequest>): Promise<RunResult> =>
    runner.run({
      program: "/bin/sh",
      arguments: [],
      environment: path,
      workingDirectory: "/",
      input: null,
      timeoutMs: 20_000,
      outputBytesMax: 4096,
      ...request,
    });
  return { runner, folder, run, script: (text, request) => run({ arguments: ["-c", text], ...request }) };
}

const outputOf = ({ output }: RunResult): string => Buffer.from(output).toString();
const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    // A process that has ended and that nobody has waited for is there, too.
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, "utf8"));
  } catch {
    return false;
  }
};
const pidIn = (file: string): Promise<number> =>
  eventually("a process noted its id", () => {
    const text = existsSync(file) ? readFileSync(file, "utf8") : "";
    return text.endsWith("\n") ? Number(text) : undefined;
  });

it("gives the exit status and both outputs of a program", async (context) => {
  const { script } = aRunner(context);
  const result = await script("echo out; echo err >&2; exit 7");
  assert.equal(result.outcome, "exited");
  assert.equal(result.exitStatus, 7);
  assert.deepEqual(outputOf(result).split("\n").sort(), ["", "err", "out"]);
});

it("lets a program open its outputs by their names, as a shell at a terminal does", async (context) => {
  const { script } = aRunner(context);
  const result = await script(
    "echo one > /dev/stderr; echo two > /dev/stdout; echo three | tee /dev/stderr >/dev/null",
  );
  assert.deepEqual(outputOf(result).split("\n").sort(), ["", "one", "three", "two"]);
});

it("keeps both outputs in the order in which they were written, where they are joined", async (context) => {
  const { script } = aRunner(context);
  const text = 'i=0; while [ $i -lt 150 ]; do echo "o$i"; echo "e$i" >&2; i=$((i+1)); done';
  const wanted = Array.from({ length: 150 }, (_, index) => `o${index}\ne${index}\n`).join("");
  for (let run = 0; run < 3; run++) assert.equal(outputOf(await script(text, { isJoined: true })), wanted);
});

it("gives a pipe to the next program only when nobody writes to it any more", async (context) => {
  const { script } = aRunner(context);
  const left = await script("(trap '' PIPE; while :; do echo left || exit; sleep 0.01; done) & echo begun", {
    leftBehind: "leave",
  });
  assert.match(outputOf(left), /^begun$/m);
  for (let run = 0; run < 40; run++) assert.equal(outputOf(await script("echo mine")), "mine\n");
});

it("runs programs all the same where no pipes can be made", async (context) => {
  const { folder, script } = aRunner(context);
  writeFileSync(join(folder, "files"), "no folder");
  const { PATH } = process.env;
  process.env.PATH = "/nowhere";
  context.after(() => Object.assign(process.env, { PATH }));
  const result = await script("echo out; echo err >&2; exit 3");
  assert.deepEqual([result.exitStatus, outputOf(result).split("\n").sort()], [3, ["", "err", "out"]]);
});

it("tells which signal ended it", async (context) => {
  const result = await aRunner(context).script("kill -SEGV $$");
  assert.deepEqual([result.outcome, result.exitStatus, result.signal], ["killed", null, "SIGSEGV"]);
});

it("gives the bytes of the input as they are, and no input where there is none", async (context) => {
  const { run } = aRunner(context);
  const input = Buffer.from([0, 255, 254, 10, 13, 0xc3, 0x28, ...Buffer.from("end")]);
  const result = await run({ program: "/bin/cat", input });
  assert.deepEqual(Buffer.from(result.output), input);
  assert.equal(outputOf(await run({ program: "/bin/cat" })), "");
});

it("does not mind a program that does not read its input", async (context) => {
  const result = await aRunner(context).run({ program: "/bin/true", input: Buffer.alloc(4 * 1024 * 1024) });
  assert.deepEqual([result.outcome, result.exitStatus], ["exited", 0]);
});

it("passes arguments on as they are: no shell looks at them", async (context) => {
  const { run } = aRunner(context);
  const args = ["$(id)", "; rm -rf /", "a\nb", "`id`", "*", "", "-n", "'\"", "$HOME"];
  const result = await run({ program: "/usr/bin/printf", arguments: ["[%s]", ...args] });
  assert.equal(outputOf(result), args.map((text) => `[${text}]`).join(""));
});

it("has nothing of our environment but what it was given", async (context) => {
  const result = await aRunner(context).run({ program: "/usr/bin/env", environment: { A: "1", B: "two words" } });
  assert.equal(outputOf(result), "A=1\nB=two words\n");
});

it("says why a program could not be started", async (context) => {
  const { run, folder } = aRunner(context);
  const script = join(folder, "script");
  writeFileSync(script, "#!/nowhere/interpreter\n");
  const failure = async (request: Partial<RunRequest>): Promise<string | null> => {
    const result = await run(request);
    assert.equal(result.outcome, "not_started");
    return result.failure;
  };
  assert.match((await failure({ program: "/nowhere/program" })) ?? "", /is not there \(ENOENT\)\.$/);
  assert.match((await failure({ program: "/bin/true", workingDirectory: "/nowhere" })) ?? "", /working directory/);
  assert.match((await failure({ program: folder })) ?? "", /EACCES/);
  assert.match((await failure({ program: script })) ?? "", /EACCES/);
  chmodSync(script, 0o755);
  assert.match((await failure({ program: script })) ?? "", /interpreter/);
  assert.match((await failure({ program: "/bin/echo", arguments: ["x".repeat(200_000)] })) ?? "", /E2BIG/);
  assert.match((await failure({ program: "/bin/echo", arguments: ["a\0b"] })) ?? "", /NUL/);
});

it("hands no program to a shell: neither text without an interpreter's line nor an empty file", async (context) => {
  const { run, folder } = aRunner(context);
  const program = join(folder, "program");
  for (const text of ["echo ran\n", ""]) {
    writeFileSync(program, text, { mode: 0o755 });
    for (const called of [program, "./program"]) {
      const result = await run({ program: called, workingDirectory: folder });
      assert.deepEqual([result.outcome, outputOf(result)], ["not_started", ""], called);
      assert.match(result.failure ?? "", /`#!` line \(ENOEXEC\)\.$/);
    }
  }
});

it("ends the whole group when time is up, also what takes no notice of SIGTERM", async (context) => {
  const { script, folder } = aRunner(context, { killGraceMs: 100 });
  const noted = join(folder, "grandchild");
  const grandchild = `trap "" TERM; echo $$ > ${noted}; while :; do sleep 1; done`;
  const result = await script(`sh -c '${grandchild}' & trap "" TERM; while :; do sleep 1; done`, { timeoutMs: 1000 });
  assert.equal(result.outcome, "timed_out");
  assert.equal(result.signal, "SIGKILL");
  const pid = await pidIn(noted);
  await eventually("the grandchild has ended", () => !isAlive(pid));
});

it("lets a program end by itself within the grace", async (context) => {
  const { script } = aRunner(context);
  const result = await script("trap 'echo bye; exit 3' TERM; while :; do sleep 0.05; done", { timeoutMs: 500 });
  assert.deepEqual([result.outcome, result.exitStatus], ["timed_out", 3]);
  assert.match(outputOf(result), /bye\n$/);
});

it("does not wait for what holds the output open, and ends it", async (context) => {
  const { script, folder } = aRunner(context);
  const noted = join(folder, "background");
  const result = await script(
    `sh -c 'echo $$ > ${noted}; exec sleep 100' & while [ ! -s ${noted} ]; do :; done; echo done`,
  );
  assert.deepEqual([result.outcome, result.exitStatus, outputOf(result)], ["exited", 0, "done\n"]);
  const pid = await pidIn(noted);
  await eventually("the background process has ended", () => !isAlive(pid));
});

it("leaves what was left behind alone where that is asked for", async (context) => {
  const { script, folder } = aRunner(context);
  const noted = join(folder, "background");
  const background = `sh -c 'echo $$ > ${noted}; exec sleep 100' > /dev/null 2>&1`;
  const result = await script(`${background} & while [ ! -s ${noted} ]; do :; done`, { leftBehind: "leave" });
  assert.equal(result.exitStatus, 0);
  const pid = await pidIn(noted);
  assert.ok(isAlive(pid));
  process.kill(pid);
});

it("waits for whoever holds the output open where that is asked for", async (context) => {
  const { script } = aRunner(context);
  const result = await script("(sleep 0.5; echo late) & exit 4", { leftBehind: "wait" });
  assert.deepEqual([result.outcome, result.exitStatus, outputOf(result)], ["exited", 4, "late\n"]);
});

it("keeps the beginning and the end of a flood, and no more", async (context) => {
  const { script } = aRunner(context);
  const result = await script("echo first; yes | head -c 5000000; echo last");
  assert.equal(result.exitStatus, 0);
  assert.equal(result.outputTruncated, true);
  assert.match(outputOf(result), /^first\ny\ny\n/);
  assert.match(outputOf(result), /\ny\nlast\n$/);
  assert.ok(result.output.length < 4096 + 100);
});

it("shows output as it comes", async (context) => {
  const { script, folder } = aRunner(context);
  const seen: string[] = [];
  const onOutput = (stream: string, bytes: Uint8Array): void => void seen.push(`${stream}:${Buffer.from(bytes)}`);
  const go = join(folder, "go");
  const run = script(`echo one; while [ ! -e ${go} ]; do sleep 0.02; done; echo two >&2`, { onOutput });
  await eventually("the first line is there before the program ends", () => seen.includes("stdout:one\n"));
  writeFileSync(go, "");
  await run;
  assert.deepEqual(seen, ["stdout:one\n", "stderr:two\n"]);
});

it("gives a run its own files, for this user alone, and removes them", async (context) => {
  const { script, folder } = aRunner(context);
  const content = Buffer.from([0, 255, 1]);
  const result = await script(
    'stat -c %a "$DATA"; stat -c %a "$(dirname "$DATA")"; od -An -tu1 "$DATA"; echo "$DATA"',
    {
      files: { DATA: content },
    },
  );
  const [mode, folderMode, bytes, file = ""] = outputOf(result).trim().split("\n");
  assert.deepEqual([mode, folderMode, bytes?.trim().split(/\s+/)], ["600", "700", ["0", "255", "1"]]);
  assert.equal(existsSync(file), false);
  assert.deepEqual(
    readdirSync(join(folder, "files")).filter((name) => !name.startsWith("pipe-")),
    [],
  );
});

it("ends what runs when it is closed, and starts nothing more", async (context) => {
  const { runner, script, folder } = aRunner(context);
  const noted = join(folder, "pid");
  const run = script(`echo $$ > ${noted}; exec sleep 100`);
  const pid = await pidIn(noted);
  await runner.close();
  assert.equal((await run).outcome, "interrupted");
  assert.equal(isAlive(pid), false);
  assert.equal((await script("true")).outcome, "interrupted");
});

it("ends a run when its signal says so", async (context) => {
  const { script, folder } = aRunner(context);
  const stop = new AbortController();
  const run = script(`echo $$ > ${folder}/pid; exec sleep 100`, { signal: stop.signal });
  await pidIn(`${folder}/pid`);
  stop.abort();
  assert.equal((await run).outcome, "interrupted");
});

/** A process of its own that runs a program, and then ends like this once the program runs. */
async function runnerThatEnds(folder: string, how: string): Promise<number> {
  const child = join(folder, "child.ts");
  const noted = join(folder, "pid");
  writeFileSync(
    child,
    `import { ProcessRunner } from ${JSON.stringify(join(import.meta.dirname, "process-runner.ts"))};
     import { existsSync } from "node:fs";
     const runner = new ProcessRunner({ folder: null });
     const run = (script: string) => runner.run({ program: "/bin/sh", arguments: ["-c", script], environment: {},
       workingDirectory: "/", input: null, timeoutMs: null, outputBytesMax: 100 });
     for (let i = 0; i < 5; i++) await run("true");
     void run("echo $$ > ${noted}; exec sleep 100");
     await run("true");
     setInterval(() => existsSync(${JSON.stringify(noted)}) && ${how}, 10);`,
  );
  assert.throws(() => execFileSync(process.execPath, [child], { stdio: "ignore" }));
  return pidIn(noted);
}

for (const [what, how] of [
  ["exits without closing it", "process.exit(3)"],
  ["is killed", 'process.kill(process.pid, "SIGKILL")'],
] as const) {
  it(`leaves nothing running when our process ${what}`, async (context) => {
    const { folder } = aRunner(context);
    const pid = await runnerThatEnds(folder, how);
    await eventually("the program has ended", () => !isAlive(pid));
  });
}
