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

/** Elements as members, attributes with `@` in front; null where it is not XML, or more of it than may be read. */
export function xmlData(text: string): Buffer | null {
  if (text.length > limits.receivedXmlLength || documentType.test(text)) return null;
  try {
    return XMLValidator.validate(text) === true ? jsonOf(parser.parse(text)) : null;
  } catch {
    return null;
  }
}
