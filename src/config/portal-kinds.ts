/** What the options of the portal take: nothing that could be more than a name, a colour, a picture or a site. */
import { limits } from "../core/limits.ts";
import { text } from "./option-kinds.ts";

export const personsText = text({
  takes: `1 to ${limits.portalNameLength} characters`,
  placeholder: "name",
  fits: (value) => value !== "" && value.length <= limits.portalNameLength && !/\p{Cc}/u.test(value),
});

export const colour = text({
  takes: "a colour such as `#1a73e8`",
  placeholder: "#rrggbb",
  fits: (value) => /^#[0-9a-fA-F]{6}$/.test(value),
});

export const picture = text({
  takes: `a \`data:image/…;base64,\` URL of up to ${limits.portalLogoLength} characters, or a path of this server`,
  placeholder: "url",
  fits: (value) =>
    value.length <= limits.portalLogoLength &&
    (/^data:image\/(png|jpeg|gif|webp|svg\+xml);base64,[A-Za-z0-9+/]+=*$/.test(value) ||
      /^\/(?![/\\])[\w./-]+$/.test(value)),
});

export const origin = text({
  takes: "an origin such as `https://app.example.com`",
  placeholder: "origin",
  fits: (value) => /^https?:\/\/[^\s;,*]+$/.test(value) && URL.canParse(value) && new URL(value).origin === value,
});
