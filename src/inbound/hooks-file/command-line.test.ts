import assert from "node:assert/strict";
import { it } from "node:test";
import { nothingAllowed } from "./allowances.ts";
import { commandLineOf } from "./command-line.ts";
import { readHooksFile } from "./read-hooks-file.ts";
import { readHookRequest } from "./request-values.ts";

const options = { name: "hooks.json", isTemplate: false, allowed: nothingAllowed, environment: {} };

function lineOf(hook: object, body: string, type = "application/json") {
  const [read] = readHooksFile(JSON.stringify([{ id: "h", "execute-command": "/bin/true", ...hook }]), options).hooks;
  assert.ok(read);
  const arrived = {
    method: "POST",
    target: "/hooks/h?q=1",
    headers: ["Content-Type", type],
    body: Buffer.from(body),
    remoteAddress: "127.0.0.1:1",
  };
  const request = readHookRequest(arrived, read, nothingAllowed);
  assert.ok(request.ok);
  return commandLineOf(read, request.request);
}

it("a missing argument is an empty one, so that the others keep their places", () => {
  const line = lineOf(
    {
      "pass-arguments-to-command": [
        { source: "payload", name: "none" },
        { source: "payload", name: "a" },
      ],
    },
    '{"a":"b"}',
  );
  assert.deepEqual(line.arguments, ["", "b"]);
  assert.equal(line.problems.length, 1);
});

it("variables are named by `envname`, or by the value's name behind HOOK_", () => {
  const given = [
    { source: "payload", name: "a.b" },
    { source: "payload", name: "a.b", envname: "B" },
    { source: "payload", name: "none" },
  ];
  const { environment } = lineOf({ "pass-environment-to-command": given }, '{"a":{"b":1.50}}');
  assert.deepEqual(environment, [
    ["HOOK_a.b", "1.50"],
    ["B", "1.50"],
  ]);
});

it("files hold the value's bytes, or what its base64 stands for", () => {
  const given = [
    { source: "raw-request-body", name: "", envname: "RAW" },
    { source: "payload", name: "b", base64decode: true },
    { source: "payload", name: "bad", base64decode: true, envname: "BAD" },
  ];
  const { files, problems } = lineOf({ "pass-file-to-command": given }, '{"b":"aGk=","bad":"aGkhIQ=="} \u00e9');
  assert.deepEqual(
    files.map(({ name, content }) => [name, Buffer.from(content).toString()]),
    [
      ["RAW", '{"b":"aGk=","bad":"aGkhIQ=="} \u00e9'],
      ["HOOK_B", "hi"],
      ["BAD", "hi!!"],
    ],
  );
  assert.deepEqual(problems, []);
  const broken = lineOf({ "pass-file-to-command": [given[1]] }, '{"b":"aGkh*"}');
  assert.equal(Buffer.from(broken.files[0]?.content ?? []).toString(), "hi!");
  assert.equal(broken.problems.length, 1);
});
