/**
 * `trotline hooks --compat` beside adnanh/webhook itself: the same hooks, the same requests, and what both answer and
 * give to commands compared. `HOOKS_SEED` tries another seed than those that are always tried.
 */
import assert from "node:assert/strict";
import { chmod, mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { stringify } from "yaml";
import { eventually } from "../../src/testing/eventually.ts";
import {
  type HookCall,
  type HookReply,
  type HooksProcess,
  noWebhook,
  sendHook,
  startHooks,
  startWebhook,
} from "./a-hooks-server.ts";
import { aFolder } from "./cli-run.ts";
import { type Commands, hooksOf } from "./hooks-compat-hooks.ts";
import { type ComparedRequest, requestsOf } from "./hooks-compat-requests.ts";

const seeds = process.env.HOOKS_SEED === undefined ? [1, 2] : [Number(process.env.HOOKS_SEED)];
const hooksPerSeed = 120;
const requestsPerSeed = 360;
const atOnce = 6;

/** Writes down what it was given: arguments, the variables that are the hook's, and files. */
const dump = `#!/bin/sh
{
  pwd; echo "$#"
  for argument in "$@"; do printf '<%s>\\n' "$argument"; done
  env | LC_ALL=C sort | grep -aE '^(HOOK_|V_|VALUE=|OTHER=|FILE=|SECOND=|star)' | sed -E 's#=/.*/(FILE|SECOND|star)[0-9]+#=/\\1#'
  for name in FILE SECOND; do
    eval "path=\\$$name"
    [ -z "$path" ] || { printf '%s:' "$name"; cat "$path"; echo; }
  done
} > "$DUMPS/$HOOK_CASE.part"
mv "$DUMPS/$HOOK_CASE.part" "$DUMPS/$HOOK_CASE"
`;

const scripts = {
  dump: `${dump}cat "$DUMPS/$HOOK_CASE"\n`,
  quiet: dump,
  fail: `${dump}echo "went wrong"\nexit 3\n`,
  bytes: `${dump}printf '\\211PNG\\r\\n\\032\\n\\000\\377'\n`,
};

async function writeCommands(folder: string): Promise<Commands> {
  for (const [name, text] of Object.entries(scripts)) {
    await writeFile(join(folder, name), text);
    await chmod(join(folder, name), 0o755);
  }
  const path = (name: string): string => join(folder, name);
  return {
    dump: path("dump"),
    quiet: path("quiet"),
    fail: path("fail"),
    bytes: path("bytes"),
    missing: path("nowhere"),
    folder,
  };
}

interface Both {
  readonly ours: Side;
  readonly theirs: Side;
}

interface Side {
  readonly server: HooksProcess;
  readonly dumps: string;
}

async function startBoth(context: TestContext, folder: string, flags: readonly string[]): Promise<Both> {
  const sideOf = async (name: string, start: typeof startHooks, own: readonly string[]): Promise<Side> => {
    const dumps = join(folder, name);
    await mkdir(dumps);
    return { server: await start(context, [...own, ...flags], { env: { DUMPS: dumps } }), dumps };
  };
  return {
    ours: await sideOf("ours", startHooks, ["--compat", "-ip", "127.0.0.1", "--data", join(folder, "data")]),
    theirs: await sideOf("theirs", startWebhook, []),
  };
}

const shownHeaders = ["content-type", "location", "allow", "x-content-type-options", "x-hook", "x-lines", "x-utf"];
const local = (text: string): string => text.replaceAll(/127\.0\.0\.1:\d+/g, "127.0.0.1:PORT");

/** What a client can tell of an answer. */
interface Seen {
  readonly status: number;
  readonly headers: object;
  readonly body: string;
}

function seen({ status, headers, body }: HookReply): Seen {
  const names = [...shownHeaders, "x-global", "bad name", "www-authenticate"];
  const kept = Object.fromEntries(names.filter((name) => name in headers).map((name) => [name, headers[name]]));
  return { status, headers: kept, body: local(body.toString("latin1")) };
}

/** What the command of this case was given; null where it did not run. */
async function given(side: Side, name: string): Promise<string | null> {
  return readFile(join(side.dumps, name), "latin1").then(local, () => null);
}

describe("the same hooks and requests", { skip: noWebhook }, () => {
  for (const seed of seeds) {
    const form = seed % 2 === 1 ? "JSON" : "YAML";
    it(`are answered, and commands run, as adnanh/webhook does (${form}, seed ${seed})`, async (context) => {
      const folder = aFolder();
      const hooks = hooksOf(seed, hooksPerSeed, await writeCommands(folder));
      const file = join(folder, "hooks");
      await writeFile(file, form === "JSON" ? JSON.stringify(hooks) : stringify(hooks, { version: "1.1" }));
      const both = await startBoth(context, folder, [
        "-hooks",
        file,
        "-verbose",
        "-x-request-id",
        "-header",
        "X-Global=all",
      ]);
      const requests = requestsOf(
        seed,
        requestsPerSeed,
        hooks.map(({ id }) => id),
      );
      const replies = await askAll(both, requests);
      const routed = requests.flatMap((_, number) =>
        replies[number]?.theirs.status === 301 ? [] : [`case-${number}`],
      );
      await Promise.all([idle(both.ours, routed), idle(both.theirs, routed)]);
      const differences: object[] = [];
      let commands = 0;
      for (const [number, { index: at, call }] of requests.entries()) {
        const name = `case-${number}`;
        const [ours, theirs] = await Promise.all([given(both.ours, name), given(both.theirs, name)]);
        if (theirs !== null) commands += 1;
        const isSame = JSON.stringify(replies[number]?.ours) === JSON.stringify(replies[number]?.theirs);
        if (!isSame || ours !== theirs)
          differences.push({ hook: hooks[at], call, ...replies[number], given: { ours, theirs } });
      }
      assert.ok(commands > requestsPerSeed / 20, `only ${commands} commands ran`);
      const shown = JSON.stringify(differences.slice(0, 3), null, 1);
      assert.equal(differences.length, 0, `seed ${seed}: ${differences.length} differ: ${shown}`);
    });
  }
});

async function askAll(both: Both, requests: readonly ComparedRequest[]) {
  const replies: Awaited<ReturnType<typeof answers>>[] = [];
  let next = 0;
  const ask = async (): Promise<void> => {
    for (let number = next++; number < requests.length; number = next++) {
      replies[number] = await answers(both, requests[number] as ComparedRequest);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, ask));
  return replies;
}

/** Answers to one request, on both sides. */
async function answers({ ours, theirs }: Both, { call }: ComparedRequest): Promise<{ ours: Seen; theirs: Seen }> {
  const [mine, their] = await Promise.all([reply(ours, call), reply(theirs, call)]);
  return { ours: mine, theirs: their };
}

async function reply(side: Side, call: HookCall): Promise<Seen> {
  return sendHook(side.server.port, call).then(seen, (error: Error) => ({
    status: 0,
    headers: {},
    body: error.message,
  }));
}

/** Resolves when the log has said the last of each case, and no command runs that was begun. */
async function idle({ server }: Side, routed: readonly string[]): Promise<void> {
  await eventually("all requests are logged, and all commands have ended", () => {
    const cases = (what: RegExp) => [...server.log().matchAll(what)].map((match) => match[1] ?? "");
    const answered = new Set(cases(/\[(case-\d+)\] \d{3} \| /g));
    if (!routed.every((name) => answered.has(name))) return false;
    const ended = new Set(cases(/\[(case-\d+)\] (?:finished handling|error in )/g));
    return cases(/\[(case-\d+)\] .* hook triggered successfully/g).every((name) => ended.has(name));
  });
}
