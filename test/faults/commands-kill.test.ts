/** Programs that run while their server is killed, or stopped: every acknowledged event is run at least once. */
import assert from "node:assert/strict";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { it, type TestContext } from "node:test";
import { eventually } from "../../src/testing/eventually.ts";
import { aFolder, aScript } from "../flows/a-command.ts";
import { type ServerProcess, startServerProcess } from "./a-server-process.ts";

const cycles = Number(process.env.TEST_KILL_CYCLES ?? 6);

interface Scene {
  readonly folder: string;
  start(flags?: readonly string[]): Promise<ServerProcess>;
  script(name: string, text: string): string;
  /** The lines of a file. */
  lines(name: string): string[];
}

function aScene(context: TestContext): Scene {
  const folder = aFolder();
  const programs = join(folder, "programs");
  mkdirSync(programs);
  let last: ServerProcess | null = null;
  context.after(() => last?.kill());
  return {
    folder,
    start: async (flags = []) => {
      last = await startServerProcess(join(folder, "data"), ["--allow-commands", programs, ...flags]);
      return last;
    },
    script: (name, text) => aScript(programs, name, text),
    lines: (name) => {
      const path = join(folder, name);
      return existsSync(path) ? readFileSync(path, "utf8").split("\n").slice(0, -1) : [];
    },
  };
}

async function anEndpoint(server: ServerProcess, command: object, settings: object = {}): Promise<string> {
  const body = { kind: "command", command, ...settings };
  const { status, json } = await server.call("POST", "/v1/endpoints", body);
  assert.equal(status, 201, JSON.stringify(json));
  return (json as { id: string }).id;
}

const publish = async (server: ServerProcess, id: string): Promise<boolean> =>
  (await server.call("POST", "/v1/events", { id, type: "a", data: { id } })).status === 201;

const isRunning = (pid: number): boolean => {
  try {
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, "utf8"));
  } catch {
    return false;
  }
};

it("runs a program again that ran when its server was killed, and removes the files of that run", async (context) => {
  const { folder, start, script, lines } = aScene(context);
  const go = join(folder, "go");
  const program = script(
    "wait",
    `echo "$TROTLINE_EVENT_ID $TROTLINE_ATTEMPT $$" >> ${folder}/began; while [ ! -e ${go} ]; do sleep 0.05; done
     cat "$COPY" >> ${folder}/ended; echo >> ${folder}/ended`,
  );
  const first = await start();
  const id = await anEndpoint(first, { program, files: { COPY: "{event.id}" } });
  assert.ok(await publish(first, "e1"));
  await eventually("the program runs", () => lines("began").length === 1);
  const folders = () => readdirSync(join(folder, "data", "runs")).filter((name) => name.startsWith("run-"));
  assert.equal(folders().length, 1);
  const { json } = await first.call("GET", `/v1/endpoints/${id}`);
  assert.equal((json as { in_flight: number }).in_flight, 1);
  await first.kill();
  const orphan = Number(lines("began")[0]?.split(" ")[2]);
  await eventually("the program does not outlive its server", () => !isRunning(orphan));
  const second = await start();
  await eventually("the program runs again", () => lines("began").length === 2);
  assert.equal(lines("began")[1]?.startsWith("e1 1 "), true);
  assert.equal(folders().length, 1);
  writeFileSync(go, "");
  await eventually("the program has ended", () => lines("ended").length === 1);
  const attempts = await eventually("the attempt", async () => {
    const { json } = await second.call("GET", `/v1/attempts?endpoint_id=${id}`);
    const { data } = json as { data: { delivered: boolean }[] };
    return data.length > 0 && data;
  });
  assert.deepEqual(
    attempts.map(({ delivered }) => delivered),
    [true],
  );
  assert.equal(await second.stop(), 0);
});

it(`loses no acknowledged event in ${cycles} kills, and keeps the order of what it runs one after the other`, async (context) => {
  const { folder, start, script, lines } = aScene(context);
  const all = script("all", `echo "$1" >> ${folder}/all`);
  const serial = script("serial", `echo "$1" >> ${folder}/serial`);
  let server = await start();
  await anEndpoint(server, { program: all, arguments: ["{data.id}"] });
  await anEndpoint(server, { program: serial, arguments: ["{data.id}"] }, { max_in_flight: 1, ordering: "strict" });
  const acknowledged: string[] = [];
  let number = 0;
  const publishUntilDead = async (): Promise<void> => {
    for (;;) {
      number += 1;
      const id = `e-${number}`;
      try {
        if (await publish(server, id)) acknowledged.push(id);
      } catch {
        return; // The process is dead.
      }
    }
  };
  for (let cycle = 0; cycle < cycles; cycle++) {
    const publishing = publishUntilDead();
    const atLeast = lines("all").length + 5;
    await eventually("some programs have run", () => lines("all").length >= atLeast, 30_000);
    await server.kill();
    await publishing;
    server = await start();
  }
  assert.ok(await publish(server, `e-${number + 1}`));
  acknowledged.push(`e-${number + 1}`);
  for (const name of ["all", "serial"]) {
    await eventually(
      `every event was run (${name})`,
      () => acknowledged.every((id) => lines(name).includes(id)),
      60_000,
    );
  }
  const firstRuns = [...new Set(lines("serial"))].map((id) => Number(id.slice(2)));
  assert.deepEqual(
    firstRuns,
    firstRuns.toSorted((left, right) => left - right),
  );
  assert.equal(await server.stop(), 0);
});

it("lets programs end within the grace when the server stops, and runs again what was ended after it", async (context) => {
  const { folder, start, script, lines } = aScene(context);
  const program = script("sleep", `echo "$1 $$" >> ${folder}/began; sleep "$2"; echo "$1" >> ${folder}/ended`);
  const first = await start(["--shutdown-grace", "1s"]);
  const id = await anEndpoint(first, { program, arguments: ["{event.id}", "{data.s}"] });
  for (const [eventId, s] of Object.entries({ short: 0.3, long: 100 })) {
    await first.call("POST", "/v1/events", { id: eventId, type: "a", data: { s } });
  }
  await eventually("both run", () => lines("began").length === 2);
  assert.equal(await first.stop(), 0);
  assert.deepEqual(lines("ended"), ["short"]);
  for (const line of lines("began")) assert.equal(isRunning(Number(line.split(" ")[1])), false);
  const second = await start();
  await eventually("the long one runs again", () => lines("began").length === 3);
  assert.match(lines("began")[2] ?? "", /^long /);
  const { json } = await second.call("GET", `/v1/attempts?endpoint_id=${id}`);
  const { data } = json as { data: { event_id: string; delivered: boolean }[] };
  assert.deepEqual(
    data.map(({ event_id, delivered }) => [event_id, delivered]),
    [["short", true]],
  );
});
