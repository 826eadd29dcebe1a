/** The header that says which version an event is of. */
export const eventVersionHeader = "webhook-event-version";

/** A memo of a pure function: most events are of few versions. */
let latest: { readonly version: string; readonly headers: readonly string[] | undefined } = {
  version: "",
  headers: undefined,
};

/** Undefined where the event names none, or one that a header cannot carry; the body has it in any case. */
export function eventVersionHeaders(version: string | null): readonly string[] | undefined {
  if (version === null) return undefined;
  if (latest.version !== version) {
    const canBeCarried = /^[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?$/.test(version);
    latest = { version, headers: canBeCarried ? [eventVersionHeader, version] : undefined };
  }
  return latest.headers;
}
