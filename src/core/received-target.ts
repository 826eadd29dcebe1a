/** Path and query of a request that was received, below the path of its source: whoever sent it chose them. */

/** `/in/{source}`, and for a bin the name in its URL; before it stands a server's name where a proxy was asked. */
const ownPath = /^([a-z][a-z0-9+.-]*:\/\/[^/?#]*)?\/in\/[^/?#]*/i;
/** A segment that leads up or nowhere, as any server may read it: `\` divides for some, and `;` begins parameters. */
const dots = /(?<=^|[/\\]|%2f|%5c)(?:\.|%2e){1,2}(?:;[^/\\]*?)?(?:[/\\]|%2f|%5c|$)/gi;

/** As it came. */
export const belowSource = (target: string): string => target.replace(ownPath, "");

/** What is put behind a path of somebody else's must not lead out of it. */
export const withoutDots = (path: string): string => path.replace(dots, "");
