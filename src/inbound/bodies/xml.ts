import { XMLParser, XMLValidator } from "fast-xml-parser";
import { limits } from "../../core/limits.ts";
import { jsonOf } from "./json.ts";

const parser = new XMLParser({
  ignoreAttributes: false,
  attributeNamePrefix: "@",
  // `007` stays what it is.
  parseTagValue: false,
  parseAttributeValue: false,
  // Also what numbers stand for.
  htmlEntities: true,
  ignoreDeclaration: true,
  ignorePiTags: true,
  maxNestedTags: limits.dataDepth,
});

/** What defines entities: with it, ten lines can stand for a billion. */
const documentType = /<!(DOCTYPE|ENTITY)/i;

const lessThan = 0x3c;
const equals = 0x3d;
const ampersand = 0x26;

/** Elements as members, attributes with `@` in front; null where it is not XML, or more of it than may be read. */
export function xmlData(text: string): Buffer | null {
  if (text.length > limits.receivedXmlLength || hasManyMarks(text) || documentType.test(text)) return null;
  try {
    return XMLValidator.validate(text) === true ? jsonOf(parser.parse(text)) : null;
  } catch {
    return null;
  }
}

/** Of tags, attributes and entities each costs the parser some microseconds, and a megabyte of them would a second. */
function hasManyMarks(text: string): boolean {
  let marks = 0;
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index);
    if (code === lessThan || code === equals || code === ampersand) marks += 1;
  }
  return marks > limits.receivedXmlMarks;
}
