/** What is around hooks, `trotline hooks --compat` beside adnanh/webhook: routing, content types, starts that fail. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, it } from "node:test";
import { type HookCall, noWebhook, sendHook, startHooks, startWebhook } from "./a-hooks-server.ts";
import { aFolder, bin } from "./cli-run.ts";

const compat = ["--compat", "-ip", "127.0.0.1", "--data", "memory"];

async function shown(port: number, call: HookCall) {
  const { status, headers, body } = await sendHook(port, call);
  const names = ["content-type", "connection", "location", "allow", "x-content-type-options", "x-global", "x-hook"];
  return { status, headers: names.map((name) => headers[name]), body: body.toString("latin1") };
}

describe("beside adnanh/webhook", { skip: noWebhook }, () => {
  it("every path and method leads to the same answer", async (context) => {
    const folder = aFolder();
    const hook = { "execute-command": "/bin/true", "response-message": "m" };
    const ids = ["a", "a/b", "a b", "", "é", "x%y", "..", "a/", "UPPER", "a+b", "a;b", "h?"];
    const own = { id: "own", ...hook, "http-methods": [" get "], "response-headers": [{ name: "X-Hook", value: "1" }] };
    await writeFile(join(folder, "hooks"), JSON.stringify([...ids.map((id) => ({ id, ...hook })), own]));
    const targets = [
      ...["/", "/?x=1", "//", "/hooks", "/hooks/", "/hooks//", "/hooks/a", "/hooks/a/", "/hooks/A", "/hooks/a?x"],
      ...[
        "/hooks/a/b",
        "/hooks/a%2Fb",
        "/hooks/a%2fb",
        "/hooks//a/b",
        "/hooks/a//b?q=1",
        "/hooks/a/./b",
        "/hooks/x/../a",
      ],
      ...[
        "/hooks/../hooks/a",
        "/../../hooks/a",
        "/hooks/%2e%2e/x",
        "/hooks/..",
        "/hooks/.",
        "/hooks/a%20b",
        "/hooks/a+b",
      ],
      ...["/hooks/%C3%A9", "/hooks/%c3%a9", "/hooks/x%25y", "/hooks/%", "/hooks/%zz", "/hooks/a%00"],
      ...[
        "/hooks/a%0A",
        "/hooks/UPPER",
        "/hooks/upper",
        "/hooks/a;b",
        "/hooks/h%3F",
        "/hooks/h?",
        "/Hooks/a",
        "/%68ooks/a",
      ],
      ...["/hooks/%61", "/hooks/a%2F", "/hooks/a%2F%2Fb", "/other", "/other//x", "/hooks/~(x)!'*", "/hooks//~(x)!'*"],
      ...["http://example.com/hooks/a", "http://example.com//hooks/a", "/hooks/own", "/hooks/own?x#y", "/hooksa"],
    ];
    const flags = ["-hooks", join(folder, "hooks"), "-verbose", "-header", "X-Global=all", "-header=x-hook=0"];
    const [ours, theirs] = [await startHooks(context, [...compat, ...flags]), await startWebhook(context, flags)];
    for (const method of ["GET", "POST", "HEAD", "OPTIONS", "DELETE"]) {
      for (const target of [...targets, ...(method === "OPTIONS" ? ["*"] : [])]) {
        // There, even an answer to HEAD has a body then, which no client can read.
        if (method === "HEAD" && /%(?![0-9A-Fa-f]{2})/.test(target)) continue;
        const call = { method, target };
        assert.deepEqual(await shown(ours.port, call), await shown(theirs.port, call), `${method} ${target}`);
      }
    }
  });

  it("what a command writes has the same content type", async (context) => {
    const folder = aFolder();
    const samples = contentSamples();
    const hooks = [];
    for (const [index, sample] of samples.entries()) {
      const file = join(folder, `sample-${index}`);
      await writeFile(file, sample);
      const shows = [{ source: "string", name: file }];
      const command = { "execute-command": "/bin/cat", "pass-arguments-to-command": shows };
      hooks.push({ id: `h${index}`, ...command, "include-command-output-in-response": true });
    }
    await writeFile(join(folder, "hooks"), JSON.stringify(hooks));
    const flags = ["-hooks", join(folder, "hooks"), "-verbose"];
    const [ours, theirs] = [await startHooks(context, [...compat, ...flags]), await startWebhook(context, flags)];
    const types = new Set<unknown>();
    for (const [index, sample] of samples.entries()) {
      const call = { target: `/hooks/h${index}` };
      const there = await shown(theirs.port, call);
      assert.deepEqual(await shown(ours.port, call), there, JSON.stringify(sample.toString("latin1").slice(0, 60)));
      types.add(there.headers[0]);
    }
    assert.ok(types.size > 25, `${types.size} types`);
  });

  it("commands at the edge of what can be run come to the same", async (context) => {
    const folder = aFolder();
    const on = { "include-command-output-in-response": true, "include-command-output-in-response-on-error": true };
    const program = (path: string, more: object = {}) => ({ "execute-command": path, ...on, ...more });
    const sh = (line: string, more: object = {}) => {
      const given = ["-c", line].map((name) => ({ source: "string", name }));
      return program("/bin/sh", { "pass-arguments-to-command": given, ...more });
    };
    const value = [{ source: "payload", name: "a", envname: "A" }];
    const hooks = {
      kill: sh("echo before; kill -9 $$"),
      input: sh("cat; echo end"),
      outputs: sh("i=0; while [ $i -lt 50 ]; do echo o$i; echo e$i >&2; i=$((i+1)); done"),
      named: sh("echo one > /dev/stderr; echo two > /dev/stdout; echo three | tee /dev/stderr"),
      daemon: sh("setsid sleep 2 < /dev/null > /dev/null 2>&1 & echo begun"),
      background: sh("(sleep 0.3; echo late) & echo early"),
      variable: sh('printf %s "$A" | wc -c', { "pass-environment-to-command": value }),
      file: sh('wc -c < "$A"; cksum < "$A"', { "pass-file-to-command": [{ source: "entire-payload", envname: "A" }] }),
      nowhere: program("/bin/pwd", { "command-working-directory": "/nowhere" }),
      data: program("/etc/passwd"),
      bare: program(join(folder, "bare")),
      empty: program(join(folder, "empty")),
      folder: program("/tmp"),
      found: program("echo"),
      relative: program("sub/x", { "command-working-directory": "sub" }),
      spaced: program("/bin/echo a b"),
      none: program(""),
    };
    await writeFile(join(folder, "bare"), "echo ran\n", { mode: 0o755 });
    await writeFile(join(folder, "empty"), "", { mode: 0o755 });
    await writeFile(
      join(folder, "hooks"),
      JSON.stringify(Object.entries(hooks).map(([id, hook]) => ({ id, ...hook }))),
    );
    const flags = ["-hooks", join(folder, "hooks"), "-verbose"];
    const [ours, theirs] = [await startHooks(context, [...compat, ...flags]), await startWebhook(context, flags)];
    const large = JSON.stringify({ a: "x".repeat(3_000_000), n: 1e21 });
    const file = 'Content-Disposition: form-data; name="f"; filename="f"\r\nContent-Type: application/json';
    const form = `--b\r\n${file}\r\n\r\n${large}\r\n--b\r\nContent-Disposition: form-data; name="v"\r\n\r\nv\r\n--b--\r\n`;
    const json = ["Content-Type", "application/json"];
    const multipart = ["Content-Type", "multipart/form-data; boundary=b"];
    const calls: HookCall[] = [
      ...Object.keys(hooks).map((id) => ({ target: `/hooks/${id}`, headers: json, body: '{"a":"b"}' })),
      { target: "/hooks/variable", headers: json, body: '{"a":"a\\u0000b"}' },
      { target: "/hooks/variable", headers: json, body: JSON.stringify({ a: "z".repeat(300_000) }) },
      { target: "/hooks/file", headers: json, body: large },
      { target: "/hooks/file", headers: multipart, body: form },
      { target: "/hooks/file", headers: multipart, body: form, isChunked: true },
      { target: "/hooks/file", headers: ["Expect", "100-continue", ...json], body: "{}" },
      { target: "/hooks/file", headers: ["Content-Encoding", "gzip", ...json], body: "{}" },
    ];
    for (const call of calls.map((one) => ({ method: "POST", ...one }))) {
      const place = `${call.target} ${call.headers} ${call.body?.slice(0, 30)}`;
      assert.deepEqual(await shown(ours.port, call), await shown(theirs.port, call), place);
    }
  });

  it("starts that fail end with the same code, and say the same where they say it", async () => {
    const folder = aFolder();
    const hook = { id: "a", "execute-command": "/bin/true" };
    await writeFile(join(folder, "one"), JSON.stringify([hook]));
    await writeFile(join(folder, "two"), JSON.stringify([hook]));
    await writeFile(join(folder, "bad"), '[{"id": {}}]');
    await writeFile(join(folder, "pid"), String(process.pid));
    const cases = [
      ["-hooks", "nowhere"],
      ["-hooks", "bad"],
      ["-hooks", "one", "-hooks", "two", "-verbose"],
      ["-hooks", "one", "-hooks", "two"],
      ["-hooks", "one", "-pidfile", "pid"],
      ["-setuid", "3"],
      ["-setgid", "3"],
      ["-hooks"],
      ["-bogus"],
      ["-port", "x"],
      ["-header", "none"],
      ["-verbose=2"],
      ["-list-cipher-suites", "-tls-min-version", "3"],
      ["-version"],
      ["-h"],
    ];
    const free = ["-ip", "127.0.0.1", "-port", "0"];
    for (const flags of cases) {
      const options = { cwd: folder, timeout: 20_000 };
      const theirs = spawnSync("webhook", [...free, ...flags], options);
      const ours = spawnSync(process.execPath, [bin, "hooks", ...compat, "-port", "0", ...flags], options);
      assert.equal(ours.status, theirs.status, `${flags}: ${ours.stderr}`);
      // Signals are listened to in a thread of its own there, which says so when it comes to it.
      const undated = (text: Buffer): string => {
        const lines = text.toString().replace(/^(\[webhook\] )[\d/]+ [\d:]+ /gm, "$1");
        return lines.replace("[webhook] os signal watcher ready\n", "");
      };
      if (!flags.includes("-h")) assert.equal(undated(ours.stdout), undated(theirs.stdout), flags.join(" "));
      if (undated(theirs.stderr).startsWith("[")) assert.equal(undated(ours.stderr), undated(theirs.stderr));
    }
  });
});

function contentSamples(): Buffer[] {
  const texts = [
    ...[
      "<!DOCTYPE html>",
      "<!doctype HTML",
      "<html>",
      "<html ",
      "<htmlx",
      "  \n\t<HEAD>",
      "<script>",
      "<iframe >",
      "<h1>",
    ],
    ...[
      "<div>",
      "<font ",
      "<table>",
      "<a>",
      "<a href",
      "<abbr>",
      "<style>",
      "<title>",
      "<b>",
      "<body>",
      "<br>",
      "<br/>",
    ],
    ...["<p>", "<!--x", "<!-- x", "<!-->", "<?xml v?>", " <?xml", "%PDF-1.4", "%!PS-Adobe-", "plain", "{}", " ", "\n"],
    ...["GIF87a", "GIF89a.", "BM6", "ID3", "ID", "OggS\0", "OTTO", "ttcf", "wOFF", "wOF2", "\0asm", "\0as", "a\0b"],
    ...[
      "RIFF....WEBPVP8",
      "RIFF....WAVE",
      "RIFF....AVI ",
      "RIFF....XXXX",
      "FORM....AIFF",
      "MThd\0\0\0\x06",
      "PK\x03\x04",
    ],
    ...[
      "Rar!\x1a\x07\0",
      "Rar!\x1a\x07\x01\0",
      "\x1f\x8b\x08",
      "\x89PNG\r\n\x1a\n",
      "\xff\xd8\xff\xe0",
      "\x1aE\xdf\xa3",
    ],
    ...[
      "\xef\xbb\xbftext",
      "\xef\xbb\xbf",
      "\xfe\xff\0a",
      "\xff\xfea\0",
      "\xfe\xff",
      "\0\0\x01\0",
      "\0\0\x02\0",
      "\0\x01\0\0",
    ],
    ...[
      `${"\0".repeat(34)}LP`,
      "\0\0\0\x10ftypmp42....",
      "\0\0\0\x14ftypisom\0\0\0\0mp41",
      "\0\0\0\x10ftypisommp41",
      "a\x1bb",
    ],
    ...[
      "\x0b",
      "\x0c<html>",
      "a\x7f\x80\xff",
      `${"a".repeat(512)}\0`,
      `${"a".repeat(511)}\0`,
      `${" ".repeat(600)}<html>`,
    ],
  ];
  return texts.map((text) => Buffer.from(text, "latin1"));
}
