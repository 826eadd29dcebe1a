/**
 * No answer of a Trotline server: the network failed, the time was up, or something else answered. Whether the request
 * was carried out is not known. `cause` has what was met.
 */
export class TrotlineConnectionError extends Error {
  override readonly name = "TrotlineConnectionError";
}
