/** An element of a page, as a strict reader finds it. */
export interface Element {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  /** Elements and texts, in their order; entities are read. */
  readonly children: readonly (Element | string)[];
}

const ENTITIES: Readonly<Record<string, string>> = { amp: "&", lt: "<", gt: ">", quot: '"', "#39": "'" };

/**
 * Reads a page as XML is read: each element is closed, each attribute quoted and there once, and `<` or `&` never stand for
 * themselves. Only what a style element holds is taken as it is.
 */
export function readMarkup(page: string): Element {
  const doctype = "<!doctype html>\n";
  if (!page.startsWith(doctype)) throw new Error("it does not begin with its doctype");
  const root = { name: "", attributes: {}, children: [] as (Element | string)[] };
  const open = [root];
  const token = /<style>([^<]*)<\/style>|<(\/?)([a-z][a-z0-9]*)((?: [a-z-]+="[^"<]*")*)( \/)?>|([^<]+)/gy;
  token.lastIndex = doctype.length;
  while (token.lastIndex < page.length) {
    const at = token.lastIndex;
    const match = token.exec(page);
    if (match === null) throw new Error(`no markup: ${page.slice(at, at + 60)}`);
    const [, style, slash, name = "", attributes = "", empty, text] = match;
    const top = open.at(-1) ?? root;
    if (style !== undefined) top.children.push({ name: "style", attributes: {}, children: [style] });
    else if (text !== undefined) top.children.push(unescaped(text));
    else if (slash === "/") {
      if (top.name !== name) throw new Error(`</${name}> closes <${top.name}>`);
      open.pop();
    } else {
      const element = { name, attributes: attributesOf(attributes), children: [] };
      top.children.push(element);
      if (empty === undefined) open.push(element);
    }
  }
  if (open.length !== 1) throw new Error(`<${open.at(-1)?.name ?? ""}> is never closed`);
  const [html] = root.children.filter((one): one is Element => typeof one !== "string");
  if (html === undefined) throw new Error("it is empty");
  return html;
}

function attributesOf(written: string): Record<string, string> {
  const found = [...written.matchAll(/ ([a-z-]+)="([^"]*)"/g)].map(
    ([, name = "", value = ""]) => [name, unescaped(value)] as const,
  );
  const attributes = Object.fromEntries(found);
  if (Object.keys(attributes).length < found.length) throw new Error(`an attribute twice: ${written}`);
  return attributes;
}

function unescaped(text: string): string {
  return text.replace(/&([^;\s]*;)?/g, (whole, name: string | undefined) => {
    const character = name === undefined ? undefined : ENTITIES[name.slice(0, -1)];
    if (character === undefined) throw new Error(`no entity: ${whole}`);
    return character;
  });
}

/** The element and all below it. */
export function elementsOf(element: Element): readonly Element[] {
  return [element, ...element.children.flatMap((one) => (typeof one === "string" ? [] : elementsOf(one)))];
}

export function textOfElement(element: Element): string {
  return element.children.map((one) => (typeof one === "string" ? one : textOfElement(one))).join("");
}

/** What is left of a page without its texts: elements, and their attributes' names. */
export function skeleton({ name, attributes, children }: Element): string {
  const inside = children.map((one) => (typeof one === "string" ? "" : skeleton(one))).join("");
  return `<${[name, ...Object.keys(attributes)].join(" ")}>${inside}</>`;
}
