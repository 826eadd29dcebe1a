/**
 * Where deliveries go: a URL, a program that is run, or code that an embedding program registered. The stage that
 * attempts has one port for all kinds.
 */
export const endpointKinds = ["http", "command", "handler"] as const;
export type EndpointKind = (typeof endpointKinds)[number];
