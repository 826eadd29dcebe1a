/** Text of others on the page: what turns it around, or hides it, is shown in place of being done. */

// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is meant
const unseen = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g;

/** The same, with what is not seen as JSON would escape it. */
export const visible = (text: string): string =>
  text.replace(unseen, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`);
