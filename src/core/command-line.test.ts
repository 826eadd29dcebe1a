import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { CommandFailure, type CommandLine, commandLine } from "./command-line.ts";
import { type CommandSettings, commandDefaults, commandRefusal } from "./endpoint-command.ts";
import type { StoredEvent } from "./event.ts";
import { limits } from "./limits.ts";
import type { KeptRequest } from "./received-request.ts";

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const settings = (command: Partial<CommandSettings>): CommandSettings => ({
  program: "/bin/true",
  ...commandDefaults,
  ...command,
});

const event: StoredEvent = {
  id: "evt_1",
  tenant: "acme",
  type: "order.paid",
  subject: "o_1",
  occurredAtMs: Date.UTC(2026, 0, 31, 12),
  version: null,
  data: bytes('{"a":{"b":[1,{"c":"x"}]},"big":12345678901234567890,"price":1.0,"yes":true,"none":null,"":1}'),
  request: null,
  position: 1,
  acceptedAtMs: 0,
};
const request: KeptRequest = {
  method: "POST",
  target: "/in/shop?a=1&a=2&b=%2D%2Dx",
  headers: ["X-A", "one", "x-b", "caf\u00c3\u00a9", "X-A", "two", "x-raw", "\u00ff"],
  address: "192.0.2.1",
  protocol: "https",
  receivedAtMs: 0,
  source: "shop",
  deliveryId: null,
  providerType: null,
  body: Uint8Array.from([0xff, 0]),
};

const line = (command: Partial<CommandSettings>, received: KeptRequest | null = request): CommandLine =>
  commandLine(settings(command), { event, request: received, attempt: 2 }, { HOME: "/home/x", SECRET: "s" });
const argument = (template: string, received?: KeptRequest | null): string | undefined =>
  line({ arguments: ["--", template] }, received).arguments[1];
const failure = (command: Partial<CommandSettings>, received?: KeptRequest | null): string => {
  try {
    line(command, received);
  } catch (error) {
    assert.ok(error instanceof CommandFailure, String(error));
    return error.message;
  }
  return "";
};

describe("a template of a command", () => {
  for (const [template, text] of [
    ["{event.id} {event.type} {event.tenant} {event.subject}", "evt_1 order.paid acme o_1"],
    ["{event.occurred_at}", "2026-01-31T12:00:00.000Z"],
    ["{attempt}", "2"],
    ["{data.a.b.1.c}", "x"],
    ["{data.a.b}", '[1,{"c":"x"}]'],
    ["{data.big}", "12345678901234567890"],
    ["{data.price}", "1.0"],
    ["{data.yes}", "true"],
    ["{header.X-A}", "one, two"],
    ["{header.x-b}", "café"],
    ["{header.x-raw}", "\u00ff"],
    ["{query.a}{query.b}", "1--x"],
    ["{request.method} {request.target} {request.address} {request.source}", `POST ${request.target} 192.0.2.1 shop`],
    ["{{data.a}} }}{{", "{data.a} }{"],
    ["{event.version?}{data.none?}{data.a.x?}{query.z?}{header.z?}{request.delivery_id?}", ""],
    ["", ""],
  ] as const) {
    it(`makes ${JSON.stringify(text)} of ${template}`, () => assert.equal(argument(template), text));
  }

  it("holds the whole data as they are", () => {
    assert.equal(argument("{data}"), new TextDecoder().decode(event.data));
  });

  it("has no value where the event has none, and says so", () => {
    for (const template of ["{event.version}", "{data.none}", "{data.a.x}", "{data.a.b.7}", "{data.__proto__.x}"]) {
      assert.match(failure({ arguments: [template] }), /no value for/);
    }
    for (const template of ["{header.x-a}", "{query.a}", "{request.method}"]) {
      assert.match(failure({ arguments: [template] }, null), /no value for/);
    }
  });

  it("stands for the data where there is no body", () => {
    assert.equal(argument("{body}", null), new TextDecoder().decode(event.data));
  });

  it("does not become an argument of what is no text, but a file", () => {
    assert.match(failure({ arguments: ["{body}"] }), /UTF-8/);
    assert.deepEqual(line({ files: { BODY: "{body}", TWO: "<{body}>" } }).files, {
      BODY: request.body,
      TWO: Uint8Array.from([0x3c, 0xff, 0, 0x3e]),
    });
  });

  it("is one argument, whatever the value, and no option unless it says so", () => {
    const value = fc.string({ unit: "binary", maxLength: 50 }).filter((text) => !text.includes("\0"));
    fc.assert(
      fc.property(value, fc.constantFrom("{data.v}", "a{data.v}", "--n={data.v}", "{data.v}b"), (text, template) => {
        if (!text.isWellFormed()) return;
        const subject = { event: { ...event, data: bytes(JSON.stringify({ v: text })) }, request: null, attempt: 1 };
        const expected = template.replace("{data.v}", () => text);
        const run = (): CommandLine => commandLine(settings({ arguments: ["x", template, "y"] }), subject, {});
        if (template.startsWith("{") && expected.startsWith("-")) assert.throws(run, CommandFailure);
        else assert.deepEqual(run().arguments, ["x", expected, "y"]);
      }),
    );
  });

  it("is bounded, alone and with the others", () => {
    const most = limits.commandValueBytes;
    const large = { ...request, headers: ["x-large", "x".repeat(most), "x-larger", "x".repeat(most + 1)] };
    assert.equal(argument("{header.x-large}", large)?.length, most);
    assert.match(failure({ arguments: ["{header.x-larger}"] }, large), /more than 131071 bytes/);
    assert.match(failure({ environment: { A: "{header.x-large}" } }, large), /more than 131071 bytes/);
    assert.match(failure({ arguments: Array(9).fill("{header.x-large}") }, large), /more than 1048576 bytes/);
  });
});

describe("the environment of a command", () => {
  it("is its own, what is passed on, and what the event is", () => {
    assert.deepEqual(line({ environment: { A: "{data.a.b.0}" }, inherit: ["HOME", "ABSENT"] }).environment, {
      PATH: "/usr/local/bin:/usr/bin:/bin",
      LANG: "C.UTF-8",
      HOME: "/home/x",
      A: "1",
      TROTLINE_EVENT_ID: "evt_1",
      TROTLINE_EVENT_TYPE: "order.paid",
      TROTLINE_EVENT_TENANT: "acme",
      TROTLINE_EVENT_OCCURRED_AT: "2026-01-31T12:00:00.000Z",
      TROTLINE_EVENT_SUBJECT: "o_1",
      TROTLINE_ATTEMPT: "2",
      TROTLINE_SOURCE: "shop",
    });
  });

  it("has nothing of what every object of JavaScript has, by whatever name it is asked for", () => {
    const { environment } = line({ inherit: ["constructor", "toString", "valueOf"] });
    for (const name of ["constructor", "toString", "valueOf"]) assert.equal(Object.hasOwn(environment, name), false);
  });
});

describe("a command", () => {
  const refusal = (command: Partial<CommandSettings>): string | undefined => commandRefusal(settings(command))?.field;

  it("is refused for what it cannot be", () => {
    assert.equal(refusal({}), undefined);
    assert.equal(refusal({ program: "deploy" }), undefined);
    assert.equal(refusal({ program: "./deploy" }), "/program");
    assert.equal(refusal({ program: "../bin/sh" }), "/program");
    assert.equal(refusal({ program: "/bin/sh\0" }), "/program");
    assert.equal(refusal({ workingDirectory: "tmp" }), "/working_directory");
    for (const template of ["{", "}", "{x}", "{data..a}", "{event.data}", "{body.a}", "{header.}", "a\0b", "{data.a"]) {
      assert.equal(refusal({ arguments: ["ok", template] }), "/arguments/1", template);
    }
    assert.equal(refusal({ environment: { "A B": "" } }), "/environment/A B");
    assert.equal(refusal({ environment: { "a/b~": "" } }), "/environment/a~1b~0");
    assert.equal(refusal({ environment: { "1A": "" } }), "/environment/1A");
    assert.equal(refusal({ environment: { A: "{x}" } }), "/environment/A");
    assert.equal(refusal({ environment: { A: "" }, files: { A: "" } }), "/files/A");
    assert.equal(refusal({ environment: { A: "" }, inherit: ["A"] }), "/environment/A");
    assert.equal(refusal({ inherit: ["A", "A"] }), "/inherit/1");
    assert.equal(refusal({ environment: { ["__proto__"]: "lost" } }), "/environment/__proto__");
    assert.equal(refusal({ inherit: ["__proto__"] }), "/inherit/0");
  });

  it("sets no variable by which programs run other code, nor lets events say where settings are", () => {
    for (const name of [
      ...["LD_PRELOAD", "LD_LIBRARY_PATH", "DYLD_INSERT_LIBRARIES", "PATH", "BASH_ENV", "ENV", "IFS", "NODE_OPTIONS"],
      ...["PYTHONPATH", "PYTHONSTARTUP", "PERL5OPT", "PERL5LIB", "RUBYOPT", "GIT_SSH_COMMAND", "JAVA_TOOL_OPTIONS"],
      ...["TROTLINE_EVENT_ID", "TROTLINE_ADMIN_KEY", "npm_config_script_shell", "GCONV_PATH"],
      ...["LESSOPEN", "MANPAGER", "SSH_ASKPASS", "RSYNC_RSH", "SYSTEMD_PAGER", "OPENSSL_CONF", "DOTNET_STARTUP_HOOKS"],
    ]) {
      assert.ok(refusal({ environment: { [name]: "x" } }), name);
      assert.ok(refusal({ files: { [name]: "x" } }), name);
    }
    assert.equal(refusal({ inherit: ["PATH", "LD_LIBRARY_PATH", "HOME"] }), undefined);
    assert.equal(refusal({ inherit: ["TROTLINE_ADMIN_KEY"] }), "/inherit/0");
    assert.equal(refusal({ environment: { HOME: "/srv" } }), undefined);
    for (const name of ["HOME", "XDG_CONFIG_DIRS", "KUBECONFIG", "CURL_HOME"]) {
      assert.equal(refusal({ environment: { [name]: "/srv/{data.a}" } }), `/environment/${name}`);
    }
    assert.equal(refusal({ environment: { LDAP_HOST: "x", NODENAME_X: "y", GITHUB_REF: "{data.ref}" } }), undefined);
  });
});
