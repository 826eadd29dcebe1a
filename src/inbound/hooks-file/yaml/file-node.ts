/** A hooks file as a tree of what it says, before anybody asks whether it is right. Aliases and merges are gone. */
export interface Place {
  /** Both from 1. */
  readonly line: number;
  readonly column: number;
}

export interface FileEntry {
  readonly keyPlace: Place;
  readonly value: FileNode;
}

export interface FileMap {
  readonly kind: "map";
  readonly place: Place;
  readonly entries: ReadonlyMap<string, FileEntry>;
  /** Keys that were given before, each of which takes the place of the one before it. */
  readonly repeated: readonly { readonly name: string; readonly place: Place }[];
}

export interface FileList {
  readonly kind: "list";
  readonly place: Place;
  readonly items: readonly FileNode[];
}

export type ScalarValue = null | boolean | string | number | bigint;

export interface FileScalar {
  readonly kind: "scalar";
  readonly place: Place;
  /** A bigint for what is written as an integer of 64 bits, a number for what is not whole or too large. */
  readonly value: ScalarValue;
  /** As it is written, without quotes. */
  readonly source: string;
}

export type FileNode = FileMap | FileList | FileScalar;

/** The file cannot be read. */
export class UnreadableFile extends Error {
  override readonly name = "UnreadableFile";
  readonly place: Place | null;

  constructor(message: string, place: Place | null = null) {
    super(message);
    this.place = place;
  }
}
