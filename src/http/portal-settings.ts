/** How the portal looks, and whose pages may show it in a frame: as the server was started. */

export interface PortalSettings {
  readonly portalName?: string | null;
  readonly portalColour?: string | null;
  readonly portalLogo?: string | null;
  readonly portalOrigins?: readonly string[];
}

export interface Brand {
  readonly name: string | null;
  readonly colour: string | null;
  readonly logo: string | null;
}

/** Null where nothing of it was set. */
export function brandOf({ portalName = null, portalColour = null, portalLogo = null }: PortalSettings): Brand | null {
  if (portalName === null && portalColour === null && portalLogo === null) return null;
  return { name: portalName, colour: portalColour, logo: portalLogo };
}

/** What the header `Content-Security-Policy` of the portal says of frames. */
export const portalFrameAncestors = ({ portalOrigins = [] }: PortalSettings): string =>
  portalOrigins.length === 0 ? "'none'" : portalOrigins.join(" ");
