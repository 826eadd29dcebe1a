/** The flags of `trotline hooks`, as adnanh/webhook has them. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { chmod, chown, mkdir, readFile, rename, stat, writeFile } from "node:fs/promises";
import { request } from "node:https";
import { join } from "node:path";
import { describe, it } from "node:test";
import { eventually } from "../../src/testing/eventually.ts";
import { testCertificate, testKey } from "../faults/test-certificate.ts";
import { noWebhook, sendHook, startedHooks, startHooks } from "./a-hooks-server.ts";
import { aFolder, trotlineEnded } from "./cli-run.ts";

async function aFile(...hooks: object[]): Promise<string> {
  const file = join(aFolder(), "hooks.json");
  const plain = { id: "h", "execute-command": "/bin/true", "response-message": "done" };
  await writeFile(file, JSON.stringify(hooks.length === 0 ? [plain] : hooks));
  return file;
}

const compat = ["--compat", "-ip", "127.0.0.1", "--data", "memory", "-verbose"];

describe("`trotline hooks`", () => {
  it("prints versions, its usage and cipher suites, and refuses flags in Go's words", async (context) => {
    const run = (...flags: string[]) => trotlineEnded(context, ["hooks", ...flags]);
    assert.equal((await run("-version", "--compat")).output, "webhook version 2.8.0\n");
    assert.match((await run("-version")).output, /^trotline \d/);
    for (const flag of ["-help", "--help", "-h"]) {
      const { code, errors, output } = await run(flag);
      assert.equal(code, 0);
      for (const name of ["-hooks value", "-urlprefix string", "-max-multipart-mem int", "-compat"]) {
        assert.ok((errors + output).includes(`  ${name}\n`), `${flag}: ${name}`);
      }
    }
    const bogus = await run("-bogus");
    assert.equal(bogus.code, 2);
    assert.match(bogus.errors, /^flag provided but not defined: -bogus\nUsage of /);
    assert.equal((await run("-list-cipher-suites", "-tls-min-version", "9")).code, 1);
    assert.match((await run("-allow", "no-rul")).errors, /Did you mean `no-rule`\?/);
    const stray = await run("-verbose", "true");
    assert.equal(stray.code, 1);
    assert.match(stray.errors, /`true` is no flag/);
    for (const flag of ["-port", "-api-port"]) {
      const outside = await run(flag, "65536");
      assert.equal(outside.code, 2);
      assert.match(outside.errors, /^invalid value "65536" for flag -(api-)?port: it must be from 0 to 65535\n/);
    }
    const noCertificate = await run("-secure", "-cert", process.execPath, "-key", "nowhere.pem");
    assert.equal(noCertificate.code, 1);
    assert.match(noCertificate.errors, /^The certificate `\S+` and the key `nowhere.pem` cannot be served: ENOENT/);
    const half = await run("-setuid", "3", "--compat");
    assert.equal(half.code, 1);
    assert.match(half.output, /setuid and setgid options must be used together/);
  });

  it("lists the cipher suites of adnanh/webhook, and takes all of its flags", { skip: noWebhook }, async (context) => {
    for (const version of ["1.2", "1.3"]) {
      const flags = ["-list-cipher-suites", "-tls-min-version", version];
      const theirs = spawnSync("webhook", flags).stdout.toString();
      assert.equal((await trotlineEnded(context, ["hooks", ...flags])).output, theirs);
    }
    const names = (text: string) => [...text.matchAll(/^ {2}(-[a-z0-9-]+)/gm)].map((match) => match[1] ?? "");
    const theirs = names(spawnSync("webhook", ["-help"]).stderr.toString());
    const ours = names((await trotlineEnded(context, ["hooks", "-help"])).errors);
    assert.ok(theirs.length > 20);
    assert.deepEqual(
      theirs.filter((name) => !ours.includes(name)),
      [],
    );
  });

  it("ends where there is no hook to serve, as there, unless it is verbose or told not to panic", async (context) => {
    const nowhere = join(aFolder(), "nowhere.json");
    const quiet = ["--compat", "-ip", "127.0.0.1", "-port", "0", "--data", "memory", "-hooks", nowhere];
    const { code, output } = await trotlineEnded(context, ["hooks", ...quiet]);
    assert.equal(code, 1);
    assert.match(output, /couldn't load any hooks from file!\naborting webhook execution/);
    await startHooks(context, [...quiet, "-verbose"]);
  });

  it("starts without a hook and without a word where it is told not to panic, as Debian's unit file has it", async (context) => {
    const folder = aFolder();
    const file = join(folder, "hooks.json");
    const port = ["-pidfile", join(folder, "pid"), "--api-port", "0"];
    const server = startedHooks(context, [
      "-nopanic",
      "-hooks",
      file,
      "--compat",
      "-ip",
      "127.0.0.1",
      "--data",
      "memory",
      ...port,
    ]);
    await eventually("it runs", () => /interface listens on/.test(server.log()));
    await eventually("its process id is written", () => stat(join(folder, "pid")));
    server.signal("SIGTERM");
    assert.equal(await server.ended(), 0, server.log());
    assert.doesNotMatch(server.log(), /\[webhook\]/);
  });

  it("ends where its own interface cannot listen, and says why", async (context) => {
    const file = await aFile();
    const server = await startHooks(context, [...compat, "-hooks", file]);
    const second = startedHooks(context, [...compat, "-hooks", file, "--api-port", String(server.port)]);
    assert.equal(await second.ended(), 1);
    assert.match(second.log(), /port-taken/);
  });

  it("takes hooks.json of the working directory where no file is named", async (context) => {
    const file = await aFile();
    const server = await startHooks(context, compat, { cwd: join(file, "..") });
    assert.equal((await sendHook(server.port, { target: "/hooks/h" })).body.toString(), "done");
  });

  it("serves below the prefix that it is told, or below none", async (context) => {
    const file = await aFile();
    for (const [prefix, path] of [
      ["", "/h"],
      ["a/b", "/a/b/h"],
    ] as const) {
      const server = await startHooks(context, [...compat, "-hooks", file, `-urlprefix=${prefix}`]);
      assert.equal((await sendHook(server.port, { target: path })).status, 200);
      assert.equal((await sendHook(server.port, { target: "/hooks/h" })).status, 404);
      assert.equal((await sendHook(server.port, { target: "/" })).body.toString(), "OK");
    }
  });

  it("takes the methods that it is told, where a hook does not say", async (context) => {
    const own = { id: "own", "execute-command": "/bin/true", "http-methods": ["put"] };
    const file = await aFile({ id: "h", "execute-command": "/bin/true" }, own);
    const server = await startHooks(context, [...compat, "-hooks", file, "-http-methods", "post, patch"]);
    const status = async (method: string, id: string) =>
      (await sendHook(server.port, { method, target: `/hooks/${id}` })).status;
    assert.deepEqual(
      [await status("POST", "h"), await status("PATCH", "h"), await status("GET", "h")],
      [200, 200, 405],
    );
    assert.deepEqual([await status("PUT", "own"), await status("POST", "own")], [200, 405]);
  });

  it("writes its process id while it runs, and refuses that of another that runs", async (context) => {
    const file = await aFile();
    const pidFile = join(file, "../run/hooks.pid");
    const server = await startHooks(context, [...compat, "-hooks", file, "-pidfile", pidFile]);
    assert.equal(await readFile(pidFile, "utf8"), String(server.pid));
    const second = startedHooks(context, [...compat, "-hooks", file, "-pidfile", pidFile]);
    assert.equal(await second.ended(), 1);
    assert.match(second.log(), /pid file found/);
    assert.equal(await readFile(pidFile, "utf8"), String(server.pid));
    server.signal("SIGTERM");
    assert.equal(await server.ended(), 0);
    await assert.rejects(stat(pidFile));
    await writeFile(pidFile, String(server.pid)); // Nobody has this number now.
    const third = await startHooks(context, [...compat, "-hooks", file, "-pidfile", pidFile]);
    assert.equal(await readFile(pidFile, "utf8"), String(third.pid));
  });

  it("writes its log to a file, and to a new one after SIGHUP where that was moved", async (context) => {
    const file = await aFile();
    const logFile = join(file, "../hooks.log");
    const flags = ["--compat", "-ip", "127.0.0.1", "--data", "memory", "-hooks", file, "-logfile", logFile];
    const server = startedHooks(context, flags);
    const log = () => readFile(logFile, "utf8").catch(() => "");
    await eventually("it serves", async () => /serving hooks on/.test(await log()));
    await rename(logFile, `${logFile}.1`);
    server.signal("SIGHUP");
    await eventually("a new one is written", async () => /attempting to reload/.test(await log()));
    assert.match(await log(), /^\[webhook\] \d{4}\/\d\d\/\d\d \d\d:\d\d:\d\d /);
    assert.equal(server.log(), "");
  });

  it("calls requests in its log by X-Request-Id, cut where it is told", async (context) => {
    const file = await aFile();
    const server = await startHooks(context, [...compat, "-hooks", file, "-x-request-id", "-x-request-id-limit=4"]);
    await sendHook(server.port, { target: "/hooks/h", headers: ["X-Request-Id", "abcdefgh"] });
    await eventually("it is logged", () => server.log().includes("[abcd] h got matched"));
  });

  it("shows the whole request with -debug, but without `--compat` no credential", async (context) => {
    const rule = {
      match: { type: "value", value: "a long token of ours", parameter: { source: "header", name: "X-Token" } },
    };
    const hook = { id: "h", "execute-command": "/bin/true", "trigger-rule": rule, "http-methods": ["POST"] };
    const file = await aFile(hook);
    for (const mode of [["--compat", "-ip", "127.0.0.1"], []]) {
      const server = await startHooks(context, [...mode, "--data", "memory", "-hooks", file, "-debug"]);
      const headers = ["X-Token", "a long token of ours", "X-Other", "seen"];
      await sendHook(server.port, { method: "POST", target: "/hooks/h", headers, body: "the body" });
      await eventually("the answer is dumped", () => /< \[\w+\] 200/.test(server.log()));
      assert.match(server.log(), /> \[\w+\] the body/);
      assert.match(server.log(), /X-Other: seen/);
      assert.equal(server.log().includes("a long token of ours"), mode.length > 0);
    }
  });

  it("serves HTTPS with the certificate that it is told", async (context) => {
    const file = await aFile();
    const [cert, key] = [join(file, "../cert.pem"), join(file, "../key.pem")];
    await writeFile(cert, testCertificate);
    await writeFile(key, testKey);
    const flags = [...compat, "-hooks", file, "-secure", "-cert", cert, "-key", key, "-tls-min-version", "1.3"];
    const server = await startHooks(context, flags);
    const ask = (maxVersion: "TLSv1.2" | "TLSv1.3"): Promise<number | string> =>
      new Promise((resolve) => {
        const options = { host: "127.0.0.1", port: server.port, path: "/hooks/h", agent: false, maxVersion } as const;
        const asked = request({ ...options, rejectUnauthorized: false }, (answer) => {
          answer.resume();
          resolve(answer.statusCode ?? 0);
        });
        asked.on("error", () => resolve("refused"));
        asked.end();
      });
    assert.equal(await ask("TLSv1.3"), 200);
    assert.equal(await ask("TLSv1.2"), "refused");
  });

  const notRoot = process.getuid?.() === 0 ? false : "only root can take on another user";
  it("takes on the user and the group that it is told, once the port is open", { skip: notRoot }, async (context) => {
    const hook = { id: "h", "execute-command": "/usr/bin/id", "include-command-output-in-response": true };
    const file = await aFile(hook);
    await chmod(join(file, ".."), 0o755);
    const server = await startHooks(context, [...compat, "-hooks", file, "-setuid", "65534", "-setgid", "65534"]);
    const text = (await sendHook(server.port, { target: "/hooks/h" })).body.toString();
    assert.match(text, /^uid=65534\S* gid=65534\S*( groups=65534\S*)?\n$/);
  });

  it("answers also where the command has closed the folder in which its files are", {
    skip: notRoot,
  }, async (context) => {
    const folder = aFolder();
    const work = join(folder, "work");
    await mkdir(work);
    await chmod(folder, 0o755);
    await chown(work, 65_534, 65_534);
    const given = ["-c", 'chmod 555 . && cat "$A"'].map((name) => ({ source: "string", name }));
    const file = await aFile({
      id: "h",
      "execute-command": "/bin/sh",
      "command-working-directory": work,
      "pass-arguments-to-command": given,
      "pass-file-to-command": [{ source: "string", name: "kept", envname: "A" }],
      "include-command-output-in-response": true,
    });
    await chmod(join(file, ".."), 0o755);
    const server = await startHooks(context, [...compat, "-hooks", file, "-setuid", "65534", "-setgid", "65534"]);
    assert.equal((await sendHook(server.port, { target: "/hooks/h" })).body.toString(), "kept");
  });

  it("believes X-Forwarded-For of the proxies that it is told, and of nobody else", async (context) => {
    const rule = { match: { type: "ip-whitelist", "ip-range": "192.0.2.0/24" } };
    const file = await aFile({
      id: "h",
      "execute-command": "/bin/true",
      "trigger-rule": rule,
      "response-message": "in",
    });
    const ask = async (flags: readonly string[], forwarded: string) => {
      const server = await startHooks(context, [...compat, "-hooks", file, ...flags]);
      const headers = ["X-Forwarded-For", forwarded];
      return (await sendHook(server.port, { target: "/hooks/h", headers })).body.toString();
    };
    assert.equal(await ask(["--trusted-proxies", "127.0.0.1"], "203.0.113.9, 192.0.2.7"), "in");
    assert.equal(
      await ask(["--trusted-proxies", "127.0.0.1"], "192.0.2.7, 203.0.113.9"),
      "Hook rules were not satisfied.",
    );
    assert.equal(await ask([], "192.0.2.7"), "Hook rules were not satisfied.");
  });
});
