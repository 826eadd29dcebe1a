/** Every cause that a diagnosis knows, and what to do about it. */
export const causeAdvice = {
  body_reserialised:
    "Have what stands before this server pass on the bytes as they came, and the sender sign the bytes that it sends.",
  body_newline: "Find what adds or removes the end of the line: an editor, `echo`, or a proxy that trims bodies.",
  body_line_endings: "Find what changes the line endings: signatures are of bytes, not of lines.",
  body_bom: "Have the body sent as it was signed: the byte order mark is a part of it.",
  body_form_reencoded: "Find the proxy or framework that reads the form and writes it anew.",
  body_compressed: "Have it sent as it was signed, or have the sender sign what it compressed.",
  body_charset: "Have the body sent in the character set that it was signed in.",
  body_not_signed: "Have the sender sign the body that it sends, after it is complete.",
  body_unreadable: "Look at the body of the receipt: the provider's documentation shows what it should be.",
  body_cut: "Send the request again with a smaller body, or verify the sender's code on its own.",
  signature_missing:
    "See whether a secret is set at the provider, and whether a proxy strips the header on its way (allow it there).",
  signature_renamed: "Have the proxy keep the name of the header, or declare a scheme of your own with this place.",
  signature_repeated: "Find what adds the header twice: a proxy, or two layers of the sender that both sign.",
  signature_malformed: "See whether the source has the right scheme: this is not how its provider writes signatures.",
  signature_encoding: "Have the signature written in the scheme's encoding, or declare a scheme of your own.",
  signature_case: "Have the hexadecimal digits sent in lower case, or declare a scheme of your own.",
  signature_prefix: "Have the signature written with the scheme's prefix, or declare a scheme of your own.",
  signature_spaced: "Have the sender, or the proxy, leave out what stands around the signature.",
  algorithm_other: "Have it signed with the scheme's algorithm, or declare a scheme of your own.",
  content_other: "Have the content signed that the scheme names, or declare a scheme of your own.",
  secret_spaced: "Remove white space and quotes around the secret at the sender; a file often ends with a new line.",
  secret_encoding: "Have the sender make a key of the secret as the scheme does.",
  secret_unset: "The secret is empty at the sender: see whether its variable is set where it runs.",
  secret_expired: "Give the provider the newest secret, or add the old one again for as long as it needs.",
  secret_of_other_source: "Send to the source whose secret it is, or give the provider the secret of this one.",
  secret_missing: "Add the secret that the provider shows to the source.",
  secret_unusable: "Replace the source's secret by the one that the provider shows.",
  url_host: "Set the server's `public-url`, or the scheme's setting `url` to the URL that is written at the provider.",
  url_port: "Set the server's `public-url`, or the scheme's setting `url` to the URL that is written at the provider.",
  url_protocol:
    "Set the server's `public-url`, or name the proxy in `trusted-proxies`, so that its X-Forwarded-Proto counts.",
  url_path: "Write the URL at the provider exactly as it is asked for, or stop the proxy from rewriting paths.",
  url_query: "Write the URL at the provider with the same query, or stop the proxy from rewriting it.",
  timestamp_missing: "See whether a proxy strips the header, and whether the source has the right scheme.",
  timestamp_malformed: "See whether the source has the right scheme: this is not how its provider writes times.",
  timestamp_unit: "Have the time written in the scheme's unit, or declare a scheme of your own.",
  clock_skew:
    "Compare both machines' clocks with a time server. Where they are right, it was held up, or sent again later.",
  certificate_refused: "See whether the source's settings fit the provider's account, region and environment.",
  provider_unavailable: "Wait for the provider to send it again; see whether this server may reach the provider.",
  handshake_refused: "See docs/handshakes.md for what the source's settings must say before it answers one.",
  verifies_now: "Have the provider send it again: it will be taken.",
  not_rejected: "There is nothing to do.",
  too_large: "Raise the source's `body_bytes_max`, or have the provider send less.",
  ip_not_allowed:
    "Add the address to the source's `allow_addresses`; behind a proxy, name the proxy in `trusted-proxies`.",
  source_paused: "Resume the source; most providers send again by themselves.",
  method_not_allowed: "Add the method to the source's `methods`, or change it at the provider.",
  rate_limited: "Raise the source's rate limit, or wait for the provider to send again.",
  overloaded: "Wait for the provider to send again; see the metrics for what keeps the server busy.",
  store_unavailable: "See the server's log for why it could not store; the provider will send again.",
} as const satisfies Readonly<Record<string, string>>;

export type CauseCode = keyof typeof causeAdvice;
export const causeCodes = Object.keys(causeAdvice) as readonly CauseCode[];
