/** Flags of the client commands: what each takes is read by the kinds that the server's options are made of. */
import { Argument, Option } from "commander";
import { choice, integer, type OptionKind, ValueRefusal } from "../config/option-kinds.ts";
import { UsageError } from "./usage-error.ts";

const countMax = 1_000_000_000;

/** A flag whose value is checked before anything is asked of a server. */
export function valueFlag<Value>(name: string, kind: OptionKind<Value>, sentence: string): Option {
  const option = new Option(`${name} <${kind.placeholder}>`, sentence);
  return option.argParser((raw: string) => readValue(kind, raw, option.long ?? name));
}

/** A flag whose text goes to the server, or to the machine, as it is. */
export function textFlag(nameAndPlaceholder: string, sentence: string): Option {
  const option = new Option(nameAndPlaceholder, sentence);
  return option.argParser((raw: string) => {
    if (raw === "") throw new UsageError(`${option.long} is empty.`);
    return raw;
  });
}

/** A flag that may be repeated, and whose values are divided by commas: `--types order.*,invoice.paid`. */
export function listFlag(nameAndPlaceholder: string, sentence: string): Option {
  return new Option(nameAndPlaceholder, sentence).argParser((raw: string, before: string[] | undefined) => [
    ...(before ?? []),
    ...raw
      .split(",")
      .map((part) => part.trim())
      .filter((part) => part !== ""),
  ]);
}

/** As `listFlag`, of whole numbers. An empty text is an empty list. */
export function integersFlag(nameAndPlaceholder: string, sentence: string): Option {
  const option = listFlag(nameAndPlaceholder, sentence);
  const parts = option.parseArg as (raw: string, before: undefined) => string[];
  const kind = integer({ min: 0, max: countMax });
  return option.argParser((raw: string) =>
    parts(raw, undefined).map((part) => readValue(kind, part, option.long ?? nameAndPlaceholder)),
  );
}

/** `--header 'Name: value'`, gathered. */
export function headerFlag(nameAndPlaceholder: string, sentence: string): Option {
  const option = new Option(nameAndPlaceholder, sentence);
  return option.argParser((raw: string, before: Record<string, string> | undefined) => {
    const [, name, value] = /^([^:]+):\s*(.*)$/.exec(raw) ?? [];
    if (name === undefined || value === undefined) {
      throw new UsageError(`${option.long} takes a name and a value, such as 'Authorization: Bearer x'.`);
    }
    return { ...before, [name.trim()]: value.trim() };
  });
}

/** An argument that may not be empty: an empty id would ask for another address of the server. */
export function textArgument(name: string, sentence: string, isOptional = false): Argument {
  return new Argument(isOptional ? `[${name}]` : `<${name}>`, sentence).argParser((raw: string) => {
    if (["", ".", ".."].includes(raw.trim())) throw new UsageError(`<${name}> is empty, or a part of a path.`);
    return raw;
  });
}

/** `--limit`: how many rows at most, in as many pages as that takes. */
export function limitFlag(what: string): Option {
  return valueFlag("--limit", integer({ min: 1, max: countMax }), what);
}

export const choiceFlag = <const Word extends string>(name: string, words: readonly Word[], sentence: string): Option =>
  valueFlag(name, choice(words), sentence);

function readValue<Value>(kind: OptionKind<Value>, raw: string, flag: string): Value {
  try {
    return kind.read(raw);
  } catch (error) {
    if (error instanceof ValueRefusal) throw new UsageError(`${flag} ${error.message}.`);
    throw error;
  }
}
