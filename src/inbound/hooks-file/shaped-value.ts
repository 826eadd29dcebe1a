/**
 * A file's tree as values of the shape that is wanted, as Go's `encoding/json` fills its structures: keys without regard
 * to case, the last of equal ones, numbers and booleans as text where text is wanted, `null` as nothing given.
 */
import { goFloatText } from "./go-float.ts";
import type { Shape } from "./hook-shape.ts";
import { type FileMap, type FileNode, type FileScalar, type Place, UnreadableFile } from "./yaml/file-node.ts";

export type Shaped = string | number | boolean | null | readonly Shaped[] | ShapedObject;

export interface ShapedObject {
  /** By the names of the shape. */
  readonly values: ReadonlyMap<string, Shaped>;
  /** Where the values of the keys stand. */
  readonly nodes: ReadonlyMap<string, FileNode>;
  readonly node: FileNode;
}

/** What is said of the tree while it is read. */
export interface ShapeNotes {
  unknownKey(name: string, place: Place, shape: Extract<Shape, { kind: "object" }>): void;
  repeatedKey(name: string, place: Place): void;
  /** A text that means something else than what is written; null for a secret. */
  coerced(place: Place, texts: { readonly written: string; readonly read: string } | null): void;
}

/** Null where nothing is given. Throws `UnreadableFile` where something else is there than what is wanted. */
export function shapedValue(node: FileNode, shape: Shape, notes: ShapeNotes): Shaped {
  if (node.kind === "scalar" && node.value === null) return null;
  if (shape.kind === "list") {
    if (node.kind !== "list") throw wrongKind(node, "a list");
    return node.items.map((item) => shapedValue(item, shape.item, notes));
  }
  if (shape.kind === "object") {
    if (node.kind !== "map") throw wrongKind(node, `the keys of a ${shape.name}`);
    return shapedObject(node, shape, notes);
  }
  if (node.kind !== "scalar") throw wrongKind(node, wanted[shape.kind]);
  return shapedScalar(node, shape, notes);
}

const wanted = { text: "a text", whole: "a whole number", flag: "true or false" } as const;

function shapedObject(node: FileMap, shape: Extract<Shape, { kind: "object" }>, notes: ShapeNotes): ShapedObject {
  const values = new Map<string, Shaped>();
  const nodes = new Map<string, FileNode>();
  const given = new Map<string, string>();
  for (const { name, place } of node.repeated) notes.repeatedKey(name, place);
  // There the keys are sorted on their way, so that of `ID` and `id` the small one counts.
  const entries = [...node.entries].sort(([a], [b]) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
  for (const [name, { keyPlace, value }] of entries) {
    const key = keyNamed(name, shape.keys);
    if (key === null) {
      notes.unknownKey(name, keyPlace, shape);
      checkUnused(value);
      continue;
    }
    if (given.has(key)) notes.repeatedKey(name, keyPlace);
    given.set(key, name);
    const shaped = shapedValue(value, shape.keys.get(key) ?? shape, notes);
    if (shaped === null && values.has(key) && typeof values.get(key) !== "object") continue;
    values.set(key, shaped);
    nodes.set(key, value);
  }
  return { values, nodes, node };
}

/** What Go folds: letters without their case, the long s and the Kelvin sign. */
const folded = (name: string): string => name.replaceAll("\u017f", "s").replaceAll("\u212a", "k").toLowerCase();

function keyNamed(name: string, keys: ReadonlyMap<string, Shape>): string | null {
  const key = folded(name);
  return keys.has(key) ? key : null;
}

type ScalarShape = Extract<Shape, { kind: "text" | "whole" | "flag" }>;

function shapedScalar(node: FileScalar, shape: ScalarShape, notes: ShapeNotes): Shaped {
  const { value } = node;
  const { kind, isSecret = false } = shape;
  if (kind === "flag") {
    if (typeof value === "boolean") return value;
  } else if (kind === "whole") {
    const isWhole = typeof value === "bigint" || (typeof value === "number" && Number.isInteger(value));
    if (isWhole && value >= -(2 ** 63) && value < 2 ** 63) return Number(value);
  } else if (typeof value === "string") {
    return value;
  } else {
    const text = typeof value === "number" ? goFloatText(value, 32) : String(value);
    if (text !== node.source) notes.coerced(node.place, isSecret ? null : { written: node.source, read: text });
    return text;
  }
  throw wrongKind(node, wanted[kind]);
}

/** What is passed over must be fit for JSON all the same. */
function checkUnused(node: FileNode): void {
  if (node.kind === "map") for (const { value } of node.entries.values()) checkUnused(value);
  else if (node.kind === "list") node.items.forEach(checkUnused);
  else if (typeof node.value === "number" && !Number.isFinite(node.value)) {
    throw new UnreadableFile(`unsupported value: ${node.source}`, node.place);
  }
}

function wrongKind(node: FileNode, expected: string): UnreadableFile {
  const there = node.kind === "list" ? "a list" : node.kind === "map" ? "an object" : `\`${node.source.slice(0, 40)}\``;
  return new UnreadableFile(`${expected} is expected here, and there is ${there}`, node.place);
}
