import assert from "node:assert/strict";
import { it } from "node:test";
import fc from "fast-check";
import { expandTemplate } from "./expand-template.ts";
import { TemplateProblem } from "./template-problem.ts";

const environment = { NAME: "world", QUOTED: `it's "q" <b> & = \\ \n é`, EMPTY: "" };
const run = (text: string): string => expandTemplate(text, environment);

it("text without actions is itself", () => {
  fc.assert(
    fc.property(fc.string({ unit: "grapheme" }), (text) => {
      const plain = text.replaceAll("{{", "{");
      assert.equal(run(plain), plain);
    }),
  );
});

it("actions, variables, pipelines and functions do as Go's do", () => {
  for (const [text, expected] of [
    ['{{ getenv "NAME" }}', "world"],
    ['{{ getenv "NONE" }}|', "|"],
    ['{{ getenv "QUOTED" | js }}', `it\\'s \\"q\\" \\u003Cb\\u003E \\u0026 \\u003D \\\\ \\u000A é`],
    ['{{ getenv "QUOTED" | html }}', "it&#39;s &#34;q&#34; &lt;b&gt; &amp; = \\ \n é"],
    ['{{ "a b/é" | urlquery }}', "a+b%2F%C3%A9"],
    ['{{ printf "%s-%03d|%-4s|%4s|%q|%x|%v" "a" 7 "b" "c" "d\\n" "e" 1.5 }}', 'a-007|b   |   c|"d\\n"|65|1.5'],
    ['{{ printf "%d %s" "x" }}', "%!d(string=x) %!s(MISSING)"],
    ['{{ printf "%s" "a" 1 }}', "a%!(EXTRA int=1)"],
    ['{{ print 1 2 "a" "b" 3 }}', "1 2a b3".replace("a b", "ab")],
    ['{{ println "a" 1 }}', "a 1\n"],
    ['{{ len "é" }}{{ index "abc" 1 }}{{ slice "abcd" 1 3 }}', "298bc"],
    [
      "{{ 0x1F }} {{ 'c' }} {{ 1e3 }} {{ 1000000.0 }} {{ -3 }} {{ true }} {{ `raw\\` }}",
      "31 99 1000 1e+06 -3 true raw\\",
    ],
    ["{{ . }}{{ .Field }}{{ $ }}", "<no value><no value><no value>"],
    ["{{ $x := 1 }}{{ if true }}{{ $x = 2 }}{{ $x := 3 }}{{ end }}{{ $x }}", "2"],
    ['{{ with $x := "a" }}{{ . }}{{ $x }}{{ else }}no{{ end }}', "aa"],
    ['{{ if and true "" }}a{{ else if or false 1 }}b{{ else }}c{{ end }}', "b"],
    ['{{ eq "a" "b" "a" }} {{ ne 1 2 }} {{ lt 1 2 }} {{ ge "b" "a" }} {{ not "" }}', "true true true true true"],
    ["{{ range . }}x{{ break }}{{ else }}none{{ end }}", "none"],
    ['{{ define "t" }}<{{ . }}>{{ end }}{{ template "t" 1 }}{{ template "t" }}', "<1><<no value>>"],
    ['{{ block "b" "x" }}[{{ . }}]{{ end }}', "[x]"],
    ["a {{- /* c }} */ -}} b {{- 1 -}} c", "ab1c"],
    ['{{ ("a" | printf "%s%s" "b") }}', "ba"],
    ['{{ or "" (getenv "NAME") }}', "world"],
    ["{{ and false (index nil) }}", "false"],
  ] as const) {
    assert.equal(run(text), expected, text);
  }
});

it("what Go refuses is refused, with its place", () => {
  for (const text of [
    "{{",
    "{{ }}",
    "{{ none }}",
    '{{ "a }}',
    "{{ if true }}",
    "{{ end }}",
    "{{ else }}",
    "{{ $x }}",
    "{{ 1 | 2 }}",
    '{{ template "none" }}',
    "{{ nil }}",
    '{{ lt 1 "a" }}',
    "{{ getenv 1 }}",
    '{{ len 3 }}{{ "a" 1 }}',
    "{{/* open }}",
    '{{ range "s" }}{{ end }}',
    "{{ if true }}{{ break }}{{ end }}",
    '{{ define "t" }}{{ template "t" }}{{ end }}{{ template "t" }}',
    `${"{{ if true }}".repeat(1000)}`,
    `{{ ${"(".repeat(1000)} }}`,
  ]) {
    assert.throws(() => run(text), TemplateProblem, text.slice(0, 60));
  }
  assert.throws(
    () => run("a\nb {{ if none }}"),
    (error) => error instanceof TemplateProblem && error.place?.line === 2,
  );
});

it("whatever the template, it ends: with a text or with a problem", () => {
  const pieces = [
    "{{",
    "}}",
    " ",
    "if",
    "else",
    "end",
    "range",
    "with",
    '"a"',
    "1",
    ".",
    "$x",
    ":=",
    "|",
    "(",
    ")",
    "-",
    "print",
  ];
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...pieces), { maxLength: 12 }), (parts) => {
      try {
        run(parts.join(" "));
      } catch (error) {
        assert.ok(error instanceof TemplateProblem, parts.join(" "));
      }
    }),
    { numRuns: 3000 },
  );
});
