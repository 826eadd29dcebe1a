/** What hooks files say, read here and by adnanh/webhook itself. */
import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { it } from "node:test";
import fc from "fast-check";
import { everythingAllowed } from "../../src/inbound/hooks-file/allowances.ts";
import { readHooksFile } from "../../src/inbound/hooks-file/read-hooks-file.ts";
import { noWebhook, startWebhook } from "./a-hooks-server.ts";
import { aFolder } from "./cli-run.ts";

const pieces =
  "0 1 7 8 9 . _ e + - 0x 0b y n yes on off true null ~ .inf .nan A 1e6 12345678 3.14 20:30 2001-01-01 é".split(" ");
const scalar = fc.array(fc.constantFrom(...pieces), { minLength: 1, maxLength: 4 }).map((parts) => parts.join(""));
const written = fc.oneof(
  { weight: 6, arbitrary: scalar },
  { weight: 1, arbitrary: fc.string({ maxLength: 8 }).map((text) => JSON.stringify(text)) },
  {
    weight: 1,
    arbitrary: fc.constantFrom("!!str 010", "!!int '7'", "!!float 3", "[]", "{}", "'it''s'", '"\\x41\\u00e9"'),
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      '"\\ud83d\\ude00"',
      '"it\\\'s"',
      "|-\n    a\n     b",
      ">-\n    a\n    b",
      "",
      "! 7",
      "!x 7",
    ),
  },
);

it("values of hooks files mean what adnanh/webhook takes them for", { skip: noWebhook }, async (context) => {
  const seed = 20_260_101;
  const values = fc.sample(written, { seed, numRuns: 400 });
  const folder = aFolder();
  const files = await Promise.all(
    values.map(async (value, index) => {
      const text = `- id: h${index}\n  execute-command: /bin/true\n  response-message: ${value}\n`;
      const path = join(folder, `${index}.yaml`);
      await writeFile(path, text);
      return { path, text, value };
    }),
  );
  const theirs = await startWebhook(
    context,
    files.flatMap(({ path }) => ["-hooks", path]),
  );
  for (const [index, { text, value, path }] of files.entries()) {
    const answer = await fetch(`http://127.0.0.1:${theirs.port}/hooks/h${index}`);
    const ours = readHooksFile(text, { name: path, isTemplate: false, allowed: everythingAllowed, environment: {} });
    const theirText = answer.status === 404 ? null : await answer.text();
    assert.equal(ours.hooks[0]?.responseMessage ?? null, theirText, `seed ${seed}: ${JSON.stringify(value)}`);
  }
});

const operand = fc.constantFrom(
  ...['"a"', '"x\\ty"', "`raw`", "1", "0", "2.5", "-3", "0x1F", "'c'", "true", "false", ".", "$", ".Field", '""'],
  ...['getenv "QUOTED"', '(getenv "NONE")', "(print 1 2)", "$x", "nil"],
);
const name = fc.constantFrom(
  ...["print", "println", "html", "js", "urlquery", "len", "not", "eq", "ne", "lt", "le", "gt", "ge", "and", "or"],
  ...["index", "slice", 'printf "%s|%d"', 'printf "%q"', 'printf "%05d"', "none"],
);
const command = fc.oneof(
  operand,
  fc
    .tuple(name, fc.array(operand, { minLength: 1, maxLength: 3 }))
    .map(([called, given]) => [called, ...given].join(" ")),
);
const action = fc.oneof(
  fc.array(command, { minLength: 1, maxLength: 2 }).map((commands) => `{{ ${commands.join(" | ")} }}`),
  fc.tuple(command, command).map(([asked, said]) => `{{- if ${asked} -}} yes {{ else }}{{ ${said} }}{{ end }}`),
  fc
    .tuple(command, command)
    .map(([asked, said]) => `{{ with $x := ${asked} }}{{ . }}{{ ${said} }}{{ else }}no{{ end }}`),
  fc.constantFrom(
    "{{ range . }}x{{ else }}none{{ end }}",
    "{{/* nothing */}}",
    '{{ define "t" }}<{{ . }}>{{ end }}{{ template "t" 1 }}',
  ),
);

it("templates write what adnanh/webhook's write", { skip: noWebhook }, async (context) => {
  const seed = 20_260_102;
  const folder = aFolder();
  const QUOTED = `it's "q" <b> & = \\ é`;
  const texts = fc.sample(action, { seed, numRuns: 300 }).map((text, index) => {
    const message = `{{ $x := "outer" }}${text}`;
    return `- id: t${index}\n  execute-command: /bin/true\n  response-message: >-\n    |${message}|\n`;
  });
  const files = texts.map((_, index) => join(folder, `${index}.yaml`));
  for (const [index, text] of texts.entries()) await writeFile(files[index] ?? "", text);
  const flags = files.flatMap((file) => ["-hooks", file]);
  const theirs = await startWebhook(context, ["-template", ...flags], { env: { QUOTED } });
  let served = 0;
  for (const [index, text] of texts.entries()) {
    const answer = await fetch(`http://127.0.0.1:${theirs.port}/hooks/t${index}`);
    const options = { name: "", isTemplate: true, allowed: everythingAllowed, environment: { QUOTED } };
    const ours = readHooksFile(text, options).hooks[0]?.responseMessage ?? null;
    const theirText = answer.status === 404 ? null : await answer.text();
    assert.equal(ours, theirText, `seed ${seed}: ${text}`);
    if (theirText !== null) served += 1;
  }
  assert.ok(served > 50, `only ${served} of ${texts.length} were served`);
});
