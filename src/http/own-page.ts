import type { IncomingMessage } from "node:http";

const ownOrigin = "same-origin";
const loadedAlone: ReadonlySet<unknown> = new Set([undefined, "document", "empty"]);

/**
 * Whether a page of this origin loads the answer as a part of itself, such as a script. The dashboard's policy takes
 * those of its own origin, on which others choose what some answers are: to such a page they are never what they say.
 * Browsers tell what they load (https://w3c.github.io/webappsec-fetch-metadata/).
 */
export const isPartOfOwnPage = ({ headers }: Pick<IncomingMessage, "headers">): boolean =>
  headers["sec-fetch-site"] === ownOrigin && !loadedAlone.has(headers["sec-fetch-dest"]);
