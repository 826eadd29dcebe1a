/** What the dashboard copies as curl, fetch and HAR, run by real shells and by Node: the same request arrives again. */
import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { describe, it } from "node:test";
import type { CopiedRequest } from "../../src/ui/requests/copied-request.ts";
import { curlOf } from "../../src/ui/requests/curl-of.ts";
import { fetchOf } from "../../src/ui/requests/fetch-of.ts";
import { harOf } from "../../src/ui/requests/har-of.ts";
import { localCode, saidHeaders } from "./a-listener.ts";

function run(program: string, args: readonly string[], input: string): Promise<string> {
  const child = spawn(program, args, { env: { PATH: process.env.PATH, HOME: "/nonexistent" } });
  let errors = "";
  child.stderr.on("data", (chunk: Buffer) => {
    errors += chunk.toString();
  });
  child.stdout.resume();
  child.stdin.end(input);
  return new Promise((resolve) => child.on("close", (code) => resolve(code === 0 ? "" : `${code}: ${errors}`)));
}

const aRequest = (url: string, members: Partial<CopiedRequest> = {}): CopiedRequest => ({
  method: "POST",
  url: `${url}/hook?a=1`,
  headers: [["Content-Type", "application/json"]],
  body: new TextEncoder().encode('{"a":1}'),
  ...members,
});

const text = (value: string) => new TextEncoder().encode(value);
const everyByte = Uint8Array.from({ length: 256 }, (_, byte) => byte);
const latin1 = (value: string) => Buffer.from(value).toString("latin1");

const requests: Record<string, (url: string) => CopiedRequest> = {
  "quotes and substitutions": (url) =>
    aRequest(url, {
      url: `${url}/it's/$(id)/\`id\`/"x"?q='$HOME'&[a]={b,c}&x=\\`,
      headers: [
        ["X-Quotes", 'it\'s "that" $(touch /tmp/x) `id` \\ $HOME !! %s'],
        ["Content-Type", "text/plain"],
      ],
      body: text("it's $(touch /tmp/x) `id` \"$HOME\" \\n !! '\\'' %s"),
    }),
  "backslashes before quotes, and at ends": (url) =>
    aRequest(url, {
      url: `${url}/a\\'b\\`,
      headers: [
        ["X-Escaped", "a\\'; exit 3 #\\\\' \\\\"],
        ["Content-Type", "text/plain"],
      ],
      body: text('it\\\'; exit 3 #\\\\\'\\\\\\\'\' {"a":"\\"\\n"}\\\\\n\\'),
    }),
  "lines and tabs": (url) => aRequest(url, { body: text("\n\none\n\ttwo\nEND_OF_BODY\n'\n\n") }),
  "a body that looks like a file's name": (url) => aRequest(url, { body: text("@/etc/hostname") }),
  "a body of every byte": (url) => aRequest(url, { body: everyByte, headers: [["Content-Type", "application/x-y"]] }),
  "a body with NUL, carriage returns and escapes": (url) => aRequest(url, { body: text("a\0b\r\nc\u001b[31m\u202e") }),
  "text beyond ASCII": (url) => aRequest(url, { body: text("日本語 🎣 é\ufeff") }),
  "a byte order mark": (url) => aRequest(url, { body: text("\ufeff{}") }),
  "a large body": (url) => aRequest(url, { body: new Uint8Array(400_000).map((_, at) => at * 7) }),
  "a large text": (url) => aRequest(url, { body: text("it's ".repeat(50_000)) }),
  "headers of bytes, and empty ones": (url) =>
    aRequest(url, {
      headers: [
        ["X-Utf8", latin1("日本語 it's")],
        ["X-Latin", "caf\u00e9 it's \u00ff"],
        ["X-Empty", ""],
        ["User-Agent", "GitHub-Hookshot/1"],
      ],
    }),
  "no body": (url) => aRequest(url, { method: "GET", headers: [["Accept", "*/*"]], body: new Uint8Array(0) }),
  "a method with an empty body": (url) => aRequest(url, { method: "PUT", body: new Uint8Array(0) }),
  "only a head": (url) => aRequest(url, { method: "HEAD", headers: [], body: new Uint8Array(0) }),
  "a method of its own, and a path with dots": (url) =>
    aRequest(url, { method: "PROPFIND", url: `${url}/a/../b/./c%2f?`, headers: [] }),
};

const targetOf = (url: string) => /^https?:\/\/[^/]+(.*)$/.exec(url)?.[1];

/** Of those that people paste into, which are here. */
const shells = ["sh", "bash", "zsh", "fish"].filter((name) => spawnSync(name, ["-c", "true"]).status === 0);

/** fish has no here-documents, and reads its input from files alone. */
function runShell(shell: string, command: string): Promise<string> | null {
  if (shell !== "fish") return run(shell, [], command);
  return command.includes("<<") ? null : run(shell, ["-c", command], "");
}

const noCurl = spawnSync("curl", ["--version"]).status === 0 ? false : "curl is not installed";

describe("copied as curl", { skip: noCurl }, () => {
  for (const [name, make] of Object.entries(requests)) {
    it(`${name}: every shell sends the same bytes, and no header besides`, async (context) => {
      const { url, requests: arrived } = await localCode(context);
      const request = make(url);
      const command = curlOf(request);
      let sent = 0;
      for (const program of shells) {
        const errors = await runShell(program, command);
        if (errors === null) continue;
        assert.equal(errors, "", command.slice(0, 2000));
        const got = arrived[sent++] ?? assert.fail(`${program} sent nothing`);
        assert.equal(got.method, request.method);
        assert.equal(got.target, targetOf(request.url)?.replaceAll(" ", "%20"));
        assert.deepEqual(saidHeaders(got), request.headers);
        assert.ok(got.body.equals(request.body), `${program}: ${got.body.subarray(0, 200)}`);
      }
      assert.equal(arrived.length, sent);
    });
  }

  it("a shell for which a backslash escapes also within quotes ends them where others do", () => {
    const command = curlOf(requests["backslashes before quotes, and at ends"]?.("http://a.example") ?? assert.fail());
    // As sh reads it: what is in quotes, or an escaped character.
    for (const [whole, inQuotes = ""] of command.matchAll(/'([^']*)'|\\[\s\S]|[^'\\]+/g)) {
      assert.doesNotMatch(inQuotes, /\\\\|\\$/, whole);
    }
  });

  it("headers that come twice are sent twice, in their order", async (context) => {
    const { url, requests: arrived } = await localCode(context);
    const headers: [string, string][] = [
      ["x-b", "1"],
      ["X-A", "2"],
      ["x-b", "3"],
      ["Content-Type", "a/b"],
    ];
    assert.equal(await run("sh", [], curlOf(aRequest(url, { headers }))), "");
    assert.deepEqual(saidHeaders(arrived[0] ?? assert.fail()), headers);
  });

  it("the host, the length and the connection are the new request's own, and no header leaves its line", async (context) => {
    const { url, requests: arrived } = await localCode(context);
    const headers: [string, string][] = [
      ["Host", "evil.example"],
      ["Content-Length", "9999"],
      ["Transfer-Encoding", "chunked"],
      ["Connection", "X-A"],
      ["@/etc/passwd", "x"],
      ["X-Lines", "a\r\nX-Evil: b"],
    ];
    assert.equal(await run("sh", [], curlOf(aRequest(url, { headers }))), "");
    const got = arrived[0] ?? assert.fail();
    assert.deepEqual(saidHeaders(got), [["X-Lines", "a  X-Evil: b"]]);
    assert.equal(got.headers.find(([name]) => name === "Host")?.[1], new URL(url).host);
  });
});

describe("copied as fetch", () => {
  for (const [name, make] of Object.entries(requests)) {
    it(`${name}: Node sends the same method, headers and body`, async (context) => {
      const { url, requests: arrived } = await localCode(context);
      const request = make(url);
      assert.equal(await run(process.execPath, ["--input-type=module"], fetchOf(request)), "");
      const got = arrived[0] ?? assert.fail("nothing was sent");
      assert.equal(got.method, request.method);
      assert.ok(got.body.equals(request.body), got.body.subarray(0, 200).toString());
      const values = new Map(got.headers.map(([header, value]) => [header.toLowerCase(), value]));
      for (const [header, value] of request.headers) assert.equal(values.get(header.toLowerCase()), value);
      const hasType = request.headers.some(([header]) => header === "Content-Type");
      assert.equal(values.has("content-type"), hasType);
    });
  }

  it("a body that fetch does not send with GET is left out, and that is said", async (context) => {
    const { url, requests: arrived } = await localCode(context);
    const code = fetchOf(aRequest(url, { method: "GET" }));
    assert.match(code, /\/\/ GET had a body of 7 bytes/);
    assert.equal(await run(process.execPath, ["--input-type=module"], code), "");
    assert.deepEqual([arrived[0]?.method, arrived[0]?.body.length], ["GET", 0]);
  });

  it("a path that leads out of the source's does not, and no session goes with it: it may be run in a console", async (context) => {
    const { url, requests: arrived } = await localCode(context);
    const path = "/in/gh/../%2e%2E\\..\\.\\v1/../keys?a=../b/../c#/../d";
    const code = fetchOf(aRequest(url, { url: url + path }));
    assert.match(code, /\/\/ .* left out of the path/);
    assert.match(code, /credentials: "omit"/);
    assert.equal(await run(process.execPath, ["--input-type=module"], code), "");
    assert.equal(arrived[0]?.target, "/in/gh/v1/keys?a=../b/../c");
    assert.doesNotMatch(fetchOf(aRequest(url)), /left out/);
  });

  it("nothing that a screen would obey stands in the code as it is", () => {
    const code = fetchOf(aRequest("http://a.example", { body: text("\u202e\u2028\u009b\u0000\u{e0001}") }));
    assert.match(code, /\\u202e\\u2028\\u009b\\u0000\\udb40\\udc01/);
  });
});

describe("copied as HAR", () => {
  it("has the request, its query and its body, text or not", () => {
    const request = aRequest("http://a.example", { url: "http://a.example/x?a=1&a=%20b", at: "2026-01-31T00:00:00Z" });
    const { log } = harOf(request) as { log: { version: string; entries: { request: object }[] } };
    assert.equal(log.version, "1.2");
    assert.partialDeepStrictEqual(log.entries, [
      {
        startedDateTime: "2026-01-31T00:00:00Z",
        request: {
          method: "POST",
          queryString: [
            { name: "a", value: "1" },
            { name: "a", value: " b" },
          ],
          headers: [{ name: "Content-Type", value: "application/json" }],
          postData: { mimeType: "application/json", text: '{"a":1}' },
          bodySize: 7,
        },
      },
    ]);
    const binary = JSON.stringify(harOf(aRequest("http://a.example", { body: everyByte })));
    assert.ok(binary.includes(Buffer.from(everyByte).toString("base64")));
    assert.match(binary, /"_encoding":"base64"/);
  });
});
