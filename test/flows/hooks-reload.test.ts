/** Hooks files that change while they are served. */
import assert from "node:assert/strict";
import { mkdir, rename, rm, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { eventually } from "../../src/testing/eventually.ts";
import { type HooksProcess, noWebhook, sendHook, startHooks, startWebhook } from "./a-hooks-server.ts";
import { aFolder } from "./cli-run.ts";

const hooks = (...messages: string[]): string =>
  JSON.stringify(
    messages.map((text, index) => ({ id: `h${index}`, "execute-command": "/bin/true", "response-message": text })),
  );

const said = async ({ port }: HooksProcess, id = "h0"): Promise<string> =>
  (await sendHook(port, { target: `/hooks/${id}` })).body.toString();

const says = (server: HooksProcess, text: string, id = "h0") =>
  eventually(`${id} says ${text}`, async () => (await said(server, id)) === text);

interface Served {
  readonly server: HooksProcess;
  readonly file: string;
  readonly folder: string;
}

async function served(context: TestContext, flags: readonly string[] = ["-hotreload"]): Promise<Served> {
  const folder = aFolder();
  const file = join(folder, "hooks.json");
  await writeFile(file, hooks("first"));
  const all = ["--compat", "-ip", "127.0.0.1", "-hooks", file, "-verbose", "--data", "memory", ...flags];
  const server = await startHooks(context, all);
  assert.equal(await said(server), "first");
  return { server, file, folder };
}

describe("a hooks file that is watched", () => {
  it("is loaded again when it is written", async (context) => {
    const { server, file } = await served(context);
    await writeFile(file, hooks("second"));
    await says(server, "second");
  });

  it("is loaded again when an editor renames another over it, again and again", async (context) => {
    const { server, file } = await served(context);
    for (const text of ["second", "third", "fourth"]) {
      await writeFile(`${file}~`, hooks(text));
      await rename(`${file}~`, file);
      await says(server, text);
    }
  });

  it("is loaded again when a link before it is moved, as a ConfigMap's is", async (context) => {
    const folder = aFolder();
    const version = async (name: string): Promise<void> => {
      await mkdir(join(folder, `..${name}`));
      await writeFile(join(folder, `..${name}`, "hooks.json"), hooks(name));
      await symlink(`..${name}`, join(folder, "..data_tmp"));
      await rename(join(folder, "..data_tmp"), join(folder, "..data"));
    };
    await version("first");
    const file = join(folder, "hooks.json");
    await symlink("..data/hooks.json", file);
    const flags = ["--compat", "-ip", "127.0.0.1", "-hooks", file, "-hotreload", "-verbose", "--data", "memory"];
    const server = await startHooks(context, flags);
    await says(server, "first");
    for (const name of ["second", "third"]) {
      await version(name);
      await rm(join(folder, name === "second" ? "..first" : "..second"), { recursive: true });
      await says(server, name);
    }
  });

  it("leaves the hooks as they were where it cannot be read, and is loaded when it can again", async (context) => {
    const { server, file } = await served(context);
    await writeFile(file, hooks("second").slice(0, -5));
    await eventually("it is said", () => /couldn't load hooks from file!/.test(server.log()));
    assert.equal(await said(server), "first");
    await writeFile(file, hooks("third"));
    await says(server, "third");
  });

  it("takes its hooks with it when it is removed, and brings them back", async (context) => {
    const { server, file } = await served(context);
    await rm(file);
    await says(server, "Hook not found.");
    await writeFile(file, hooks("second", "more"));
    await says(server, "second");
    await says(server, "more", "h1");
  });

  it("leaves the hooks as they were where an id is there twice, in it or in another", async (context) => {
    const folder = aFolder();
    const other = join(folder, "other.json");
    await writeFile(
      other,
      JSON.stringify([{ id: "other", "execute-command": "/bin/true", "response-message": "other" }]),
    );
    const { server, file } = await served(context, ["-hotreload", "-hooks", other]);
    const twice = JSON.parse(hooks("second")).concat(JSON.parse(hooks("second")));
    await writeFile(file, JSON.stringify(twice));
    await eventually("it is said", () => /reverting hooks back to the previous configuration/.test(server.log()));
    assert.equal(await said(server), "first");
    const third = JSON.parse(hooks("third"));
    await writeFile(file, JSON.stringify([...third, { id: "other", "execute-command": "/bin/true" }]));
    await eventually("it is said again", () => (server.log().match(/reverting/g) ?? []).length === 2);
    assert.deepEqual([await said(server), await said(server, "other")], ["first", "other"]);
    await writeFile(file, JSON.stringify(third));
    await says(server, "third");
  });

  it("goes on being served without one that was not there at the start, and with it once it is", async (context) => {
    const folder = aFolder();
    const late = join(folder, "late.json");
    const { server } = await served(context, ["-hotreload", "-hooks", late]);
    await writeFile(late, JSON.stringify([{ id: "late", "execute-command": "/bin/true", "response-message": "late" }]));
    await says(server, "late", "late");
  });
});

describe("a hooks file that is not watched", () => {
  it("is loaded again on SIGHUP and on SIGUSR1, and not before", async (context) => {
    const { server, file } = await served(context, []);
    for (const [signal, text] of [
      ["SIGHUP", "second"],
      ["SIGUSR1", "third"],
    ] as const) {
      const before = await said(server);
      await writeFile(file, hooks(text));
      assert.equal(await said(server), before);
      server.signal(signal);
      await says(server, text);
    }
  });

  it("does as adnanh/webhook does on both signals", { skip: noWebhook }, async (context) => {
    const folder = aFolder();
    const file = join(folder, "hooks.json");
    await writeFile(file, hooks("first"));
    const server = await startWebhook(context, ["-hooks", file, "-verbose"]);
    for (const [signal, text] of [
      ["SIGHUP", "second"],
      ["SIGUSR1", "third"],
    ] as const) {
      await writeFile(file, hooks(text));
      server.signal(signal);
      await says(server, text);
    }
  });

  it("keeps what is dangerous out of a server without `--compat`, and its hooks as they were", async (context) => {
    const folder = aFolder();
    const file = join(folder, "hooks.json");
    const rule = { match: { type: "value", value: "long enough a token", parameter: { source: "url", name: "t" } } };
    const hook = { id: "h0", "execute-command": "/bin/true", "response-message": "first", "trigger-rule": rule };
    await writeFile(file, JSON.stringify([hook]));
    const server = await startHooks(context, ["-hooks", file, "--data", "memory"]);
    const ask = async () =>
      (await sendHook(server.port, { target: "/hooks/h0?t=long%20enough%20a%20token" })).body.toString();
    assert.equal(await ask(), "first");
    await writeFile(file, JSON.stringify([{ ...hook, "response-message": "open", "trigger-rule": undefined }]));
    server.signal("SIGHUP");
    await eventually("it is said, although it is not verbose", () => /no-rule/.test(server.log()));
    assert.equal(await ask(), "first");
    await writeFile(file, JSON.stringify([{ ...hook, "response-message": "second" }]));
    server.signal("SIGHUP");
    await eventually("it is loaded", async () => (await ask()) === "second");
  });
});
