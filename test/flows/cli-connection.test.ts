/** Which server a client command asks, with which key, and what it says when that fails. */
import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { it } from "node:test";
import type { Command } from "commander";
import { commandTable } from "../../src/cli/command-table.ts";
import { aServer } from "./a-server.ts";
import { aFolder, trotlineEnded } from "./cli-run.ts";

const list = ["endpoints", "list"];

it("address and key come from flags, and from the environment where a flag is absent", async (context) => {
  const server = await aServer(context);
  const folder = aFolder();
  const keyFile = join(folder, "key");
  await writeFile(keyFile, `${server.key}\n`);
  const wrong = { url: "http://127.0.0.1:9", key: "trot_wrong" };
  const byEnv = await trotlineEnded(context, list, { server });
  const byFlags = await trotlineEnded(context, [...list, "--url", `${server.url}/`, "--key-file", keyFile], {
    server: wrong,
  });
  for (const run of [byEnv, byFlags]) assert.deepEqual([run.code, run.output, run.errors], [0, "", ""]);
});

it("a key is not taken from the command line", async (context) => {
  const { code, errors } = await trotlineEnded(context, [...list, "--key", "trot_secret"]);
  assert.equal(code, 2);
  assert.match(errors, /has no option --key\. Did you mean `--key-file`\?/);
});

it("a server without keys is asked without one", async (context) => {
  const { url } = await aServer(context, { server: { auth: "none" } });
  assert.equal((await trotlineEnded(context, list, { server: { url } })).code, 0);
});

it("a missing key and a wrong one are told apart, with what to do, and the exit code 1", async (context) => {
  const { url } = await aServer(context);
  const none = await trotlineEnded(context, list, { server: { url } });
  assert.equal(none.code, 1);
  assert.match(
    none.errors,
    /^trotline: .*\n {2}unauthenticated: .*none was given: put it into TROTLINE_KEY, .*--key-file/,
  );
  const wrong = await trotlineEnded(context, list, { server: { url, key: "trot_not_a_key_of_it" } });
  assert.equal(wrong.code, 1);
  assert.match(wrong.errors, /\n {2}unauthenticated: .*does not know the key/);
  assert.doesNotMatch(wrong.errors, /trot_not/);
});

it("a server that is down is named, with how to start one, at once", async (context) => {
  const taken = createServer().listen(0, "127.0.0.1");
  await new Promise((resolve) => taken.on("listening", resolve));
  const { port } = taken.address() as AddressInfo;
  await new Promise((resolve) => taken.close(resolve));
  const url = `http://127.0.0.1:${port}`;
  const commands = [list, ["tail"], ["publish", "--type", "a", "--data", "1"], ["publish", "--ndjson", "-"]];
  for (const args of [...commands, ["consume", "a", "--exec", "true"]]) {
    const { code, errors } = await trotlineEnded(context, args, { server: { url, key: "k" }, input: "{}\n" });
    assert.equal(code, 1, args.join(" "));
    assert.match(
      errors,
      new RegExp(`^trotline: Nothing listens at ${url}\\.\\n.*\`trotline serve\`.*--url`),
      args.join(" "),
    );
    assert.doesNotMatch(errors, /^ +at /m, "no stack");
  }
});

it("another server than Trotline is said to be one", async (context) => {
  const other = createServer((_request, response) => void response.writeHead(404).end("<h1>nothing</h1>"));
  other.listen(0, "127.0.0.1");
  await new Promise((resolve) => other.on("listening", resolve));
  context.after(() => void other.close());
  const server = { url: `http://127.0.0.1:${(other.address() as AddressInfo).port}` };
  for (const args of [list, ["publish", "--ndjson", "-"]]) {
    const { code, errors } = await trotlineEnded(context, args, { server });
    assert.equal(code, 1);
    assert.match(errors, /was answered 404, not by Trotline/);
  }
});

it("what is typed wrong is refused before anything is asked, with the nearest name and the exit code 2", async (context) => {
  const folder = aFolder();
  const empty = join(folder, "empty");
  await writeFile(empty, "\n");
  const cases: [args: string[], sentence: RegExp][] = [
    [["events", "--tpyes", "a"], /`events` has no option --tpyes\. Did you mean `--types`\?/],
    [["endpoints", "gte", "x"], /`endpoints` cannot `gte`\. Did you mean `get`\?/],
    [["endpoints"], /list, create, get/],
    [["endpoints", "get"], /`endpoints get` needs <id>/],
    [["endpoints", "get", ""], /<id> is empty/],
    [["endpoints", "get", ".."], /<id>/],
    [["endpoints", "get", "a", "b"], /takes <id> and no more/],
    [["endpoints", "update", "a"], /what to change/],
    [["endpoints", "create", "http://a", "--timeout-ms", "1"], /--timeout-ms takes an integer from 1000/],
    [["endpoints", "create", "http://a", "--header", "x"], /--header takes a name and a value/],
    [["endpoints", "create", "http://a", "--retry-delays-ms", "5s"], /--retry-delays-ms takes an integer/],
    [["events", "--limit", "0"], /--limit takes an integer from 1/],
    [["events", "--follow", "--desc"], /--desc/],
    [["replay", "e", "--only", "some"], /--only takes one of `failed`, `all`/],
    [["consume", "a"], /`consume` needs --exec <command>/],
    [["consume", "a", "--exec", "true", "--concurrency", "0"], /--concurrency takes/],
    [["consume", "a", "--exec", "true", "--retries", "-1"], /--retries takes/],
    [["publish"], /needs --type and --data, or --ndjson/],
    [["publish", "--type"], /--type needs a value/],
    [["publish", "--type", "a", "--data", "hello"], /--data is not JSON: .*write '"hello"'/],
    [["publish", "--type", "a", "--data", "@gone.json"], /--data gone\.json cannot be read: ENOENT/],
    [["publish", "--ndjson", "-", "--id", "a"], /without --id/],
    [["publish", "--ndjson", folder], /cannot be read: EISDIR/],
    [["events", "--url", "ftp://a"], /--url takes an address such as http/],
    [["events", "--url", "http://k@a"], /--url takes no user name/],
    [["events", "--url", "http://a/?b"], /--url takes an address without/],
    [["events", "--key-file", "gone"], /--key-file gone cannot be read: ENOENT/],
    [["events", "--key-file", empty], /holds no key/],
  ];
  for (const [args, sentence] of cases) {
    const { code, errors, output } = await trotlineEnded(context, args);
    assert.deepEqual([code, output], [2, ""], `${args.join(" ")}: ${errors}`);
    assert.match(errors, sentence);
    assert.match(errors, /^trotline: .*\n {2}`trotline [a-z ]+ --help` says how it is used\.\n$/, args.join(" "));
  }
});

it("a key that cannot stand in a header is refused, and not repeated", async (context) => {
  const { code, errors } = await trotlineEnded(context, list, { env: { TROTLINE_KEY: "two words" } });
  assert.equal(code, 2);
  assert.match(errors, /TROTLINE_KEY does not hold a key/);
  assert.doesNotMatch(errors, /words/);
});

it("the help of each client command has its flags and an example", async (context) => {
  const commands = await Promise.all(
    commandTable.filter((entry) => entry.side === "client").map((entry) => entry.load("0")),
  );
  const paths = commands.flatMap((command) => leavesOf(command));
  assert.ok(paths.length >= 28, paths.join());
  for (const path of paths) {
    const { code, output } = await trotlineEnded(context, [...path, "--help"]);
    assert.equal(code, 0);
    assert.match(output, new RegExp(`^Usage: trotline ${path.join(" ")} `));
    assert.match(output, new RegExp(`\\nExample:\\n {2}trotline ${path.join(" ")}`));
    assert.match(output, /--key-file <path>/);
  }
});

const leavesOf = (command: Command): string[][] =>
  command.commands.length === 0
    ? [[command.name()]]
    : command.commands.flatMap((inner) => leavesOf(inner).map((path) => [command.name(), ...path]));

it("`--help` names every command, with the words that its own help begins with", async (context) => {
  const { output } = await trotlineEnded(context, ["--help"]);
  const widest = Math.max(...commandTable.map(({ name }) => name.length));
  for (const entry of commandTable) {
    const command = await entry.load("0");
    assert.ok(output.includes(`  ${entry.name.padEnd(widest)}  ${command.description()}`), entry.name);
  }
});
