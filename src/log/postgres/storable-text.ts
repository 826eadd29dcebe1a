/**
 * PostgreSQL's text has every character but NUL, and no half of a pair
 * (https://www.postgresql.org/docs/current/datatype-character.html).
 */
export const storableText = (text: string): string => text.replaceAll("\0", "\ufffd").toWellFormed();

/** What is not so cannot be asked for either: nothing has it for its id. */
export const isStorable = (text: string): boolean => !text.includes("\0");
