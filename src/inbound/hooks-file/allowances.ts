/**
 * What adnanh/webhook lets through and Trotline does not unless it is told to: each has a name to give to `--allow`.
 * `--compat` allows them all.
 */
export interface Allowance {
  readonly name: string;
  /** What happens where it is allowed. */
  readonly sentence: string;
  /** `file`: judged when the file is read. `rules`: when a request is. `serving`: by the server around them. */
  readonly held: "file" | "rules" | "serving";
}

export const allowances = [
  allowance("unknown-keys", "file", "keys that mean nothing are passed over"),
  allowance("no-id", "file", "a hook without an id is served where no id is asked for"),
  allowance("no-rule", "file", "a hook without a rule runs for everyone"),
  allowance("weak-secret", "file", "secrets may be empty, short, or a placeholder"),
  allowance("bypassed-signature", "file", "an `or` or a `not` may let a request in without its signature"),
  allowance("broken-rule", "file", "rules may be ones that are never satisfied, or that fail when they are met"),
  allowance("duplicate-ids", "file", "of hooks with one id the first is served"),
  allowance("duplicate-keys", "file", "of a key that is given twice the last counts"),
  allowance("shell-commands", "file", "a shell may be given a value of the request to run"),
  allowance("unsigned-multipart", "rules", "signatures of multipart bodies are those of an empty body"),
  allowance("wide-ipv6", "rules", "an IPv6 address without a range stands for its whole /32"),
  allowance("missing-command", "serving", "a hook whose command is missing is answered 200"),
  allowance("unlimited-body", "serving", "bodies have no limit"),
  allowance("unlimited-command", "serving", "commands have neither time limit nor queue"),
  allowance("whole-environment", "serving", "commands are given the server's whole environment"),
  allowance("any-address", "serving", "every address of the machine is listened on"),
  allowance("command-errors", "serving", "what a failed command wrote is answered where the hook says so"),
] as const;

function allowance<const Name extends string>(...[name, held, sentence]: [Name, Allowance["held"], string]) {
  return { name, held, sentence } as const;
}

export type AllowanceName = (typeof allowances)[number]["name"];
export type Allowed = ReadonlySet<AllowanceName>;

export const nothingAllowed: Allowed = new Set();
export const everythingAllowed: Allowed = new Set(allowances.map(({ name }) => name));
