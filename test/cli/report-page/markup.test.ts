import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { markup, lines } from "../../../src/cli/report-page/markup.ts";
import { visible } from "../../../src/cli/terminal-text.ts";
import { readMarkup, textOfElement } from "../../support/read-markup.ts";
import "../../support/seed.ts";

const read = (inner: string) => readMarkup(`<!doctype html>\n<p>${inner}</p>`);

describe("a piece of a page", () => {
  it.each([
    ["<script>alert(1)</script>", "&lt;script&gt;alert(1)&lt;/script&gt;"],
    ['" onclick="x', "&quot; onclick=&quot;x"],
    ["' & <!--", "&#39; &amp; &lt;!--"],
    ["a\u202Eb\u0000c\nd", "a\\u{202e}b\\x00c\\nd"],
    ["]]></style>", "]]&gt;&lt;/style&gt;"],
  ])("writes %j as text", (raw, written) => {
    expect(markup`<b>${raw}</b>`.written).toBe(`<b>${written}</b>`);
  });

  it("puts pieces into pieces without escaping them again", () => {
    expect(markup`<ul>${["<", "b"].map((one) => markup`<li>${one}</li>`)}</ul>`.written).toBe(
      "<ul><li>&lt;</li><li>b</li></ul>",
    );
  });

  it("keeps any text one text, in an element and in an attribute", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 40 }), (raw) => {
        const paragraph = read(markup`<i title="${raw}">${raw}</i>`.written);
        const [inner] = paragraph.children;
        expect(inner).toMatchObject({ name: "i", attributes: { title: visible(raw) } });
        expect(textOfElement(paragraph)).toBe(visible(raw));
      }),
    );
  });
});

describe("text of several lines", () => {
  it("keeps its line breaks and nothing else that is not seen", () => {
    expect(lines("a <b>\r\n\tc\n").written).toBe("a &lt;b&gt;\n\\tc");
  });
});
