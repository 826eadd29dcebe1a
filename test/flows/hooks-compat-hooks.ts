/** Hooks of every kind, for the comparison with adnanh/webhook: what `fast-check` makes of a seed. */
import fc from "fast-check";

export const secrets = ["s3cret", "another secret", "ключ"] as const;

/** Paths into what `hooks-compat-requests.ts` sends, some of which lead nowhere. */
const payloadPaths = [
  "a",
  "b",
  "a.b",
  "a.b.c",
  "list",
  "list.0",
  "list.1.x",
  "list.9",
  "list.x",
  "text",
  "number",
  "big",
  "float",
  "yes",
  "nothing",
  "nothing.x",
  "json",
  "json.in",
  "root",
  "root.0",
  "root.0.a",
  "doc",
  "doc.item",
  "doc.item.0",
  "doc.-id",
  "doc.#text",
  "file",
  "file.a",
  "missing",
  "",
] as const;
const queryNames = ["q", "json", "json.in", "a.b", "missing", "Q"] as const;
const headerNames = [
  "X-Test",
  "x-test",
  "X-Signature",
  "Date",
  "Content-Type",
  "X-Missing",
  "X-Json",
  "bad name",
] as const;

const plainArgument = fc.oneof(
  { weight: 5, arbitrary: named("payload", payloadPaths) },
  { weight: 2, arbitrary: named("url", queryNames) },
  { weight: 1, arbitrary: named("query", queryNames) },
  { weight: 2, arbitrary: named("header", headerNames) },
  { weight: 1, arbitrary: named("string", ["", "plain", "$(id) `id`", "two\nlines", "é"]) },
  { weight: 1, arbitrary: named("request", ["method", "Remote-Addr", "bogus"]) },
  { weight: 1, arbitrary: named("raw-request-body", [""]) },
  { weight: 1, arbitrary: named("entire-payload", [""]) },
  { weight: 1, arbitrary: named("entire-query", [""]) },
  { weight: 1, arbitrary: named("entire-headers", [""]) },
  { weight: 1, arbitrary: named("bogus", ["x"]) },
);

function named(source: string, names: readonly string[]) {
  return fc.constantFrom(...names).map((name) => ({ source, name }) as Argument);
}

interface Argument {
  readonly source: string;
  readonly name: string;
  readonly envname?: string;
  readonly base64decode?: boolean;
}

const environmentArgument = fc.tuple(plainArgument, fc.constantFrom(undefined, "VALUE", "OTHER")).map(withEnvName);
const fileArgument = fc
  .tuple(plainArgument, fc.constantFrom("FILE", "SECOND", "star*end"), fc.boolean())
  .map(([argument, envname, base64decode]) => ({ ...argument, envname, base64decode }));

function withEnvName([argument, envname]: [Argument, string | undefined]): Argument {
  // Without a name of its own, what stands in the payload's path is a variable's name.
  return { ...argument, envname: envname ?? `V_${argument.source}_${argument.name.replace(/[^A-Za-z0-9]/g, "_")}` };
}

const hmacTypes = [1, 256, 512].flatMap((size) => [`payload-hmac-sha${size}`, `payload-hash-sha${size}`]);

const match = fc.oneof(
  { weight: 4, arbitrary: valueMatch() },
  { weight: 3, arbitrary: regexMatch() },
  { weight: 4, arbitrary: signatureMatch() },
  { weight: 1, arbitrary: addressMatch() },
  { weight: 1, arbitrary: fc.constantFrom(...secrets, "").map((secret) => ({ type: "scalr-signature", secret })) },
  { weight: 1, arbitrary: fc.constant({ type: "bogus", value: "x", parameter: { source: "payload", name: "a" } }) },
);

function valueMatch() {
  const values = ["1", "true", "text", "", "<nil>", "POST", "[1,2]", "1e+06", "1000000", "q1", "é"];
  return fc.record({ type: fc.constant("value"), value: fc.constantFrom(...values), parameter: plainArgument });
}

function regexMatch() {
  const patterns = ["^[0-9]+$", "t.xt", "(?i)TEXT", "", "^$", "(", "\\bq\\d\\b", "\\p{L}+", "a{1,2}b?", "^POST|GET$"];
  return fc.record({ type: fc.constant("regex"), regex: fc.constantFrom(...patterns), parameter: plainArgument });
}

function signatureMatch() {
  return fc.record({
    type: fc.constantFrom(...hmacTypes),
    secret: fc.constantFrom(...secrets, ""),
    parameter: fc.constantFrom({ source: "header", name: "X-Signature" }, { source: "url", name: "q" }),
  });
}

function addressMatch() {
  const ranges = ["127.0.0.1", "127.0.0.0/8", "10.0.0.0/8", "10.0.0.1 127.0.0.1/32", "::1", "bogus", "", "::/0"];
  return fc.record({ type: fc.constant("ip-whitelist"), "ip-range": fc.constantFrom(...ranges) });
}

const { rule } = fc.letrec((tie) => ({
  rule: fc.oneof(
    { maxDepth: 3, depthSize: "small" },
    { weight: 20, arbitrary: match.map((one) => ({ match: one }) as unknown) },
    { weight: 8, arbitrary: fc.array(tie("rule"), { maxLength: 3 }).map((rules) => ({ and: rules }) as unknown) },
    { weight: 8, arbitrary: fc.array(tie("rule"), { maxLength: 3 }).map((rules) => ({ or: rules }) as unknown) },
    { weight: 4, arbitrary: tie("rule").map((one) => ({ not: one }) as unknown) },
    { weight: 1, arbitrary: fc.constant({} as unknown) },
  ),
}));

const statuses = [200, 201, 204, 299, 304, 400, 403, 418, 500, 599, 0];
const texts = ["done", "", "<html><body>é</body></html>", "{}", "a\nb", "%PDF-1", "<?xml version='1.0'?><a/>"];
const headers = [
  { name: "X-Hook", value: "one" },
  { name: "x-hook", value: "two" },
  { name: "Content-Type", value: "application/json" },
  { name: "X-Lines", value: "a\r\nb" },
  { name: "X-Utf", value: "é" },
  { name: "bad name", value: "v" },
  { name: "X-Global", value: "hook's" },
];

/** What differs is given to each hook by `hooksOf`. */
const hook = fc.record(
  {
    command: fc.constantFrom(
      ...(["dump", "dump", "dump", "dump", "relative", "named", "fail", "bytes", "missing", "quiet"] as const),
    ),
    "response-message": fc.constantFrom(...texts),
    "response-headers": fc.subarray(headers),
    "include-command-output-in-response": fc.boolean(),
    "include-command-output-in-response-on-error": fc.boolean(),
    "pass-environment-to-command": fc.array(environmentArgument, { maxLength: 3 }),
    "pass-arguments-to-command": fc.array(plainArgument, { maxLength: 5 }),
    "pass-file-to-command": fc.array(fileArgument, { maxLength: 2 }),
    "parse-parameters-as-json": fc.array(
      fc.oneof(
        named("payload", ["json", "text", "file", "missing"]),
        named("url", ["json", "json.in"]),
        named("header", ["X-Json"]),
      ),
      { maxLength: 2 },
    ),
    "trigger-rule": rule,
    "trigger-rule-mismatch-http-response-code": fc.constantFrom(...statuses),
    "trigger-signature-soft-failures": fc.boolean(),
    "incoming-payload-content-type": fc.constantFrom(
      "",
      "application/json",
      "text/xml",
      "application/x-www-form-urlencoded",
    ),
    "success-http-response-code": fc.constantFrom(...statuses),
    "http-methods": fc.constantFrom([], [], [], ["POST"], ["get", " Post "], ["PUT"]),
  },
  { requiredKeys: ["command"] },
);

export type ComparedHook = Readonly<Record<string, unknown>> & { readonly id: string };

/** What a hook runs, by the word that stands for it. */
export type Commands = Readonly<Record<"dump" | "fail" | "bytes" | "missing" | "quiet" | "folder", string>>;

/** Each is told the number of the case, so that what its command was given can be found. */
export function hooksOf(seed: number, count: number, commands: Commands): ComparedHook[] {
  const ids = [(n: number) => `h${n}`, (n: number) => `deep/h${n}`, (n: number) => `a b${n}`, (n: number) => `é${n}`];
  return fc.sample(hook, { seed, numRuns: count }).map(({ command, ...rest }, index) => ({
    id: ids[index % ids.length]?.(index) ?? "",
    ...commandOf(command, commands),
    ...rest,
    "pass-environment-to-command": [
      ...(rest["pass-environment-to-command"] ?? []),
      { source: "header", name: "X-Case", envname: "HOOK_CASE" },
    ],
  }));
}

/** By its path, or from a working directory: there even a name alone is a path. */
function commandOf(command: string, commands: Commands): object {
  if (command !== "relative" && command !== "named") return { "execute-command": commands[command as keyof Commands] };
  const name = command === "named" ? "dump" : "./dump";
  return { "execute-command": name, "command-working-directory": commands.folder };
}
