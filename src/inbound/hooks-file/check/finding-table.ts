/** Every finding by its code: its gravity, by what name it is allowed, what to write instead, what happens there. */
import type { AllowanceName } from "../allowances.ts";

export interface FindingKind {
  readonly severity: "error" | "warning";
  readonly allowance: AllowanceName | null;
  readonly advice: string;
  /** What adnanh/webhook does, and `--compat`. */
  readonly compat: string;
}

const runsForEveryone = "The command runs for every request.";

export const findingKinds = {
  unreadable: error(null, "Mend the file at this place.", "None of the file's hooks is served."),
  "no-hooks": warning("Write a list of hooks.", "It starts only with -verbose or -nopanic."),
  "unknown-key": error(
    "unknown-keys",
    "Remove it, or write the key that is meant.",
    "The key is passed over in silence.",
  ),
  "repeated-key": error("duplicate-keys", "Keep one of them.", "The last one counts; the others are passed over."),
  "other-value": warning("Put it between quotes.", "It is read so there too."),
  "no-id": error("no-id", "Give the hook an `id`.", "It is served where the URL names no hook."),
  "repeated-id": error(
    "duplicate-ids",
    "Give each hook an id of its own.",
    "In one file the first is served; in two files it does not start.",
  ),
  "missing-command": error(
    "missing-command",
    "Write the absolute path of a program that may be run.",
    "The caller is answered as if it had run: 200, or 500 where the output is asked for.",
  ),
  "no-rule": error("no-rule", "Add a `trigger-rule` that checks a signature or a secret.", runsForEveryone),
  "always-true": error("no-rule", "Put into it what has to hold.", runsForEveryone),
  "never-true": error(
    "broken-rule",
    "Put `and`, `or`, `not` or `match` into it.",
    "It is never satisfied, and says so nowhere.",
  ),
  "several-rules": error(
    "broken-rule",
    "Put them into one `and`, or one `or`.",
    "Only the first of `and`, `or`, `not`, `match` counts.",
  ),
  "unknown-type": error("broken-rule", "Write a type that there is.", "The rule is never satisfied."),
  "unknown-source": error(
    "broken-rule",
    "Write a source that there is.",
    "A rule with it answers 500; an argument is empty.",
  ),
  "bad-regex": error(
    "broken-rule",
    "Write it in RE2's syntax (https://github.com/google/re2/wiki/Syntax).",
    "Requests that come to it are answered 500.",
  ),
  "bad-range": error(
    "broken-rule",
    "Write addresses and ranges such as `192.0.2.0/24`, divided by spaces.",
    "Requests that come to it are answered 500.",
  ),
  "unsigned-header": error(
    "broken-rule",
    "Write the name in its canonical form.",
    "The header is never found, and the signature is compared without it.",
  ),
  "weak-secret": error(
    "weak-secret",
    "Use at least 16 random characters, such as `openssl rand -hex 32` prints.",
    "An empty secret answers 500; any other is used as it is.",
  ),
  "padded-secret": warning("Remove what stands around it.", "It is a part of the secret."),
  "bypassed-signature": error(
    "bypassed-signature",
    "Put the signature and the rest into one `and`.",
    "Requests without a valid signature run the command.",
  ),
  "negated-signature": error(
    "bypassed-signature",
    "Require the signature itself.",
    "Requests without a signature satisfy it.",
  ),
  "shell-command": error(
    "shell-commands",
    "Run a script, and give it the values as arguments.",
    "Whoever may send a request may run any command.",
  ),
  "no-secret": warning(
    "Add a signature, or a secret in a header.",
    runsForEveryone.replace("every request", "everyone who knows what to write"),
  ),
  "address-only": warning(
    "Add a signature: behind a proxy every client has the proxy's address.",
    "The address is that of the connection: behind a proxy, the proxy's.",
  ),
  "whole-range": warning("Name the addresses that are meant.", "Every address is in it."),
  "single-ipv6": warning(
    "Write the range, `/128` for the address alone.",
    "It stands for its whole /32, 2^96 addresses.",
  ),
  sha1: warning("Have the provider sign with SHA-256, and use `payload-hmac-sha256`.", "It is taken."),
  "old-name": warning("Write `payload-hmac-…`.", "It is taken, with a line in the log at each request."),
  "loose-regex": warning("Begin it with `^` and end it with `$`.", "It is satisfied by a part of the value."),
  "ignored-key": warning("Remove it, or choose the type that is meant.", "It is passed over in silence."),
  "unsigned-multipart": warning(
    "Do not allow `unsigned-multipart`.",
    "The signature of a multipart body is that of an empty body: its values are not signed.",
  ),
  "any-method": warning('Write `"http-methods": ["POST"]`.', "A link, an image or a crawler's GET runs it too."),
  "unknown-method": warning("Write a method such as `POST`.", "No request has it."),
  "unknown-status": warning("Write a status that HTTP names.", "It is answered 200."),
  "refused-as-200": warning(
    "Set `trigger-rule-mismatch-http-response-code` to 403.",
    "Refused requests are answered 200: the sender takes them for accepted.",
  ),
  "unused-soft-failures": warning(
    "Remove it, or put the signatures into an `or`.",
    "It means something below an `or` only.",
  ),
  "unparsed-path": warning("Name a value without a full stop.", "A request that has it is answered 500."),
  "dangerous-variable": warning(
    "Use a name of your own, such as `HOOK_…`.",
    "Whoever may send a request decides what the program loads or runs.",
  ),
} as const satisfies Readonly<Record<string, FindingKind>>;

export type FindingCode = keyof typeof findingKinds;

function error(...[allowance, advice, compat]: [AllowanceName | null, string, string]): FindingKind {
  return { severity: "error", allowance, advice, compat };
}

function warning(advice: string, compat: string): FindingKind {
  return { severity: "warning", allowance: null, advice, compat };
}
