import type { TProperties } from "typebox";

/** One group of an endpoint's settings between JSON and the noun. */
export interface Facet<Settings> {
  /** Members of a body that makes or changes an endpoint, each optional. */
  readonly request: TProperties;
  /** Members of an endpoint as it is read. No secret is among them. */
  readonly response: TProperties;
  /**
   * What a body sets; members that it leaves out stay out. Refuses with a `TrotlineError` that names the field. Its
   * parameter is the static type of `request`.
   */
  input(body: never): Partial<Settings>;
  wire(settings: Settings): object;
}
