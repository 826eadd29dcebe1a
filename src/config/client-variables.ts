/**
 * Variables of the commands that ask a server. They share the prefix of the server's own options, so a server that
 * finds them in its environment leaves them alone.
 */
export const clientVariables = { url: "TROTLINE_URL", key: "TROTLINE_KEY" } as const;
