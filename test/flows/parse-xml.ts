/** A strict reader of the XML that is enough for tests: it fails on whatever is not well formed. */
export interface XmlElement {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly children: XmlElement[];
  text: string;
}

const name = "[A-Za-z_][A-Za-z0-9_.-]*";
const openTag = new RegExp(`^<(${name})((?:\\s+${name}="[^"<]*")*)\\s*>`);
const closeTag = new RegExp(`^</(${name})>`);
const characters = /^[^<]+/;
// biome-ignore lint/suspicious/noControlCharactersInRegex: XML 1.0 has no way to write them
const forbidden = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/;
const entities: Readonly<Record<string, string>> = { amp: "&", lt: "<", gt: ">", quot: '"', apos: "'" };

export function parseXml(document: string): XmlElement {
  const declaration = '<?xml version="1.0" encoding="UTF-8"?>\n';
  if (!document.startsWith(declaration)) throw new Error("no declaration");
  if (forbidden.test(document)) throw new Error("a character that XML does not have");
  const root: XmlElement = { name: "", attributes: {}, children: [], text: "" };
  const open = [root];
  let rest = document.slice(declaration.length).trimEnd();
  while (rest !== "") {
    const element = open.at(-1);
    if (element === undefined) throw new Error("closed too often");
    let found = openTag.exec(rest);
    if (found !== null) {
      const child = { name: found[1] ?? "", attributes: attributesOf(found[2] ?? ""), children: [], text: "" };
      element.children.push(child);
      open.push(child);
    } else {
      found = closeTag.exec(rest);
      if (found === null) {
        found = characters.exec(rest);
        if (found === null) throw new Error(`not well formed: ${rest.slice(0, 80)}`);
        if (found[0].includes("]]>")) throw new Error("`]]>` in text");
        element.text += decoded(found[0].replace(/\r\n?/g, "\n"));
      } else if (open.pop()?.name !== found[1]) throw new Error(`${found[1]} is not open`);
    }
    rest = rest.slice(found[0].length);
  }
  const [only, ...others] = root.children;
  if (open.length !== 1 || only === undefined || others.length > 0 || root.text !== "") throw new Error("not one root");
  return only;
}

function attributesOf(text: string): Record<string, string> {
  const found = [...text.matchAll(new RegExp(`(${name})="([^"]*)"`, "g"))];
  const attributes = Object.fromEntries(
    found.map(([, key = "", value = ""]) => [key, decoded(value.replace(/\s/g, " "))]),
  );
  if (Object.keys(attributes).length !== found.length) throw new Error("an attribute stands twice");
  return attributes;
}

const decoded = (text: string): string =>
  text.replace(/&([^;]*);?/g, (all, entity: string) => {
    if (!all.endsWith(";")) throw new Error(`a bare &: ${all.slice(0, 20)}`);
    const number = /^#(\d+)$/.exec(entity)?.[1];
    const character = number === undefined ? entities[entity] : String.fromCodePoint(Number(number));
    if (character === undefined) throw new Error(`unknown entity ${entity}`);
    return character;
  });
