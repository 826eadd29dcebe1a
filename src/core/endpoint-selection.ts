/** Which events an endpoint takes, beside the patterns of their types, and in which version. */
export interface SelectionSettings {
  /** A filter expression on the whole event (CEL); null takes every event that `types` takes. */
  readonly filter: string | null;
  /** By event type: the version of its schema that the endpoint wants. */
  readonly versions: Readonly<Record<string, string>>;
}

export const selectionDefaults: SelectionSettings = { filter: null, versions: {} };
