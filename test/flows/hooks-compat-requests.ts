/** Requests of every kind, for the comparison with adnanh/webhook. */
import { createHmac } from "node:crypto";
import fc from "fast-check";
import type { HookCall } from "./a-hooks-server.ts";
import { secrets } from "./hooks-compat-hooks.ts";

const jsonBodies = [
  '{"a":1,"b":true,"list":[1,{"x":"y"}],"text":"text","number":1000000,"big":12345678901234567890,"float":1e6}',
  '{"a":{"b":{"c":"deep"}},"a.b":"whole","nothing":null,"yes":false,"json":"{\\"in\\": 1}","text":"<&>é\\u2028"}',
  '[{"a":1},2,"text"]',
  " \n[1,2]",
  '{"a":1,"a":2}',
  '{"text":"\\ud800","a":"\\u0000x"}',
  '{"list":[1,2],"a":[[1],[2]],"b":{"x":[]}}',
  '{"a":1} trailing',
  '{"a":',
  "null",
  "1",
  '"text"',
  "{}",
  "",
  "\ufeff{}",
  '{"json":"[1]","text":"null","file":"{}"}',
];

const formBodies = [
  "a=1&a=2&text=text&json=%7B%22in%22%3A1%7D&a.b=whole",
  "a=%zz&text=text",
  "a;b=1",
  "text=a+b%20c&yes=true&=empty&number=1000000",
  "",
];

const xmlBodies = [
  '<doc id="7"><item>1</item><item n="2">two</item>text</doc>',
  "<doc><a/><b>&lt;é&amp;</b><!-- c --></doc>",
  "<doc><item>1</item></doc>",
  "<doc",
  "plain",
  "",
  "<?xml version='1.0'?><doc> spaced </doc>",
];

const boundary = "bXb";
const multipartBodies = [
  part('name="a"', "1") + part('name="text"', "text") + part('name="json"', '{"in":1}') + end(),
  part('name="file"; filename="f.json"', '{"a":1}', "application/json") + part('name="a"', "x") + end(),
  part('name="file"; filename="f.txt"', '{"a":2}', "text/plain") + end(),
  part('name="file"; filename="f.json"', "no json", "application/json") + end(),
  part('name="a"', "1") + part('name="a"', "2") + end(),
  end(),
  part('name="a"', "cut").slice(0, -4),
  "",
];

function part(disposition: string, content: string, type?: string): string {
  const typed = type === undefined ? "" : `Content-Type: ${type}\r\n`;
  return `--${boundary}\r\nContent-Disposition: form-data; ${disposition}\r\n${typed}\r\n${content}\r\n`;
}

function end(): string {
  return `--${boundary}--\r\n`;
}

const typed = (types: readonly string[], bodies: readonly string[]) =>
  fc.record({ type: fc.constantFrom(...types), body: fc.constantFrom(...bodies) });

const content = fc.oneof(
  { weight: 6, arbitrary: typed(["application/json", "application/json; charset=utf-8", "text/json"], jsonBodies) },
  { weight: 3, arbitrary: typed(["application/x-www-form-urlencoded"], formBodies) },
  { weight: 2, arbitrary: typed(["application/xml", "text/xml; charset=utf-8"], xmlBodies) },
  {
    weight: 3,
    arbitrary: typed([`multipart/form-data; boundary=${boundary}`, "multipart/form-data"], multipartBodies),
  },
  { weight: 1, arbitrary: typed(["text/plain", "", "APPLICATION/JSON"], [...jsonBodies, ...formBodies]) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant("application/json"), body: fc.json() }) },
);

const signature = fc.record({
  size: fc.constantFrom(1, 256, 512),
  secret: fc.constantFrom(...secrets),
  form: fc.constantFrom("bare", "prefixed", "several", "wrong", "upper", "none"),
});

const query = fc.constantFrom(
  "",
  "?q=1",
  "?q=q1&q=2",
  "?json=%7B%22in%22%3A%22x%22%7D",
  "?a.b=1&Q=2",
  "?q=text",
  "?q=%zz",
  "?q=a;b",
  "?q=%C3%A9",
);

const request = fc.record({
  method: fc.constantFrom("POST", "POST", "POST", "POST", "GET", "PUT", "HEAD", "DELETE", "OPTIONS", "PATCH"),
  query,
  content,
  signature,
  test: fc.constantFrom([], ["X-Test", "1"], ["x-test", "text", "X-TEST", "second"], ["X-Test", "\u00c3\u00a9"]),
  json: fc.constantFrom([], ["X-Json", '{"in":[1,2]}'], ["X-Json", "no json"]),
  date: fc.constantFrom([], ["Date", "Fri 08 Sep 2017 11:24:32 UTC"]),
  isChunked: fc.boolean(),
  path: fc.constantFrom("plain", "plain", "plain", "plain", "plain", "doubled", "slash", "unknown"),
});

export interface ComparedRequest {
  /** Of the hook that it is for. */
  readonly index: number;
  readonly call: HookCall;
}

/** `count` requests to hooks of these ids, each as often as any other. */
export function requestsOf(seed: number, count: number, ids: readonly string[]): ComparedRequest[] {
  return fc.sample(request, { seed, numRuns: count }).map((drawn, number) => {
    const index = number % ids.length;
    const { type, body } = drawn.content;
    const method = drawn.method;
    const headers = [
      ...["X-Case", `case-${number}`, "X-Request-Id", `case-${number}`],
      ...(type === "" ? [] : ["Content-Type", type]),
      ...drawn.test,
      ...drawn.json,
      ...drawn.date,
      ...signatureHeader(drawn.signature, body),
    ];
    const target = `${pathTo(ids[index] ?? "", drawn.path)}${drawn.query}`;
    return { index, call: { method, target, headers, body, isChunked: drawn.isChunked && body !== "" } };
  });
}

function pathTo(id: string, form: string): string {
  const escaped = encodeURIComponent(id);
  if (form === "doubled") return `/hooks//${escaped}`;
  if (form === "unknown") return `/hooks/${escaped}.unknown`;
  return `/hooks/${form === "slash" ? `${escaped}/` : escaped.replaceAll("%2F", "/")}`;
}

interface Drawn {
  readonly size: number;
  readonly secret: string;
  readonly form: string;
}

function signatureHeader({ size, secret, form }: Drawn, body: string): string[] {
  const digest = createHmac(`sha${size}`, secret).update(body).digest("hex");
  const prefix = `sha${size}=`;
  const forms: Record<string, string> = {
    bare: digest,
    prefixed: prefix + digest,
    several: `${prefix}00,${prefix}${digest},t=1`,
    wrong: `${prefix}${digest.slice(1)}0`,
    upper: prefix + digest.toUpperCase(),
  };
  const value = forms[form];
  return value === undefined ? [] : ["X-Signature", value];
}
