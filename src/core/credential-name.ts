/** Names of headers, parameters and variables that carry what lets others in, whoever sends them. */
export const credentialName = /token|secret|passw|cookie|authorization|api[-_]?key|access[-_]?key/i;
