import fs from "node:fs";
import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import { ENGINE } from "../../../src/cli/engine.ts";
import { renderPage } from "../../../src/cli/report-page/page.ts";
import { STYLE } from "../../../src/cli/report-page/style.ts";
import { visible } from "../../../src/cli/terminal-text.ts";
import type { HostReport } from "../../../src/plan/report.ts";
import { sha256Of } from "../../../src/sha256.ts";
import type { Element } from "../../support/read-markup.ts";
import { elementsOf, readMarkup, skeleton, textOfElement } from "../../support/read-markup.ts";
import type { RecordedHost } from "../../support/recorded-hosts.ts";
import { recordedHost, recordedHosts } from "../../support/recorded-hosts.ts";
import { runWith } from "../fakes.ts";
import "../../support/seed.ts";

/** What `hostcfg report --json` says of a recorded host. */
async function reportOf({ spec, lock, capture }: RecordedHost): Promise<HostReport> {
  const files = {
    "host.yaml": fs.readFileSync(spec, "utf8"),
    ...(lock === undefined ? {} : { "host.lock.json": fs.readFileSync(lock, "utf8") }),
    "host.capture.json": JSON.stringify(capture),
  };
  const ran = await runWith(ENGINE, "report --capture host.capture.json --json", { files });
  return JSON.parse(ran.stdout) as HostReport;
}

function idsOf(elements: readonly Element[], prefix: string): string[] {
  return elements.flatMap(({ attributes: { id } }) => (id?.startsWith(prefix) === true ? [id] : []));
}

describe.each(recordedHosts())("the page of $name", (host) => {
  let report: HostReport;
  let page: string;
  let html: Element;
  let elements: readonly Element[];
  beforeAll(async () => {
    report = await reportOf(host);
    page = renderPage(report);
    html = readMarkup(page);
    elements = elementsOf(html);
  });

  it("shows each device once, in the tree", () => {
    const devices = report.groups.devices.known ? report.groups.devices.value : [];
    const members = report.groups.current.known ? report.groups.current.groups : [];
    const all = new Set([
      ...devices.map(({ address }) => address),
      ...members.flatMap((group) => group.devices),
    ]);
    expect(idsOf(elements, "pci-").sort()).toEqual([...all].map((address) => `pci-${address}`).sort());
  });

  it("explains each group of this boot and each of the next one once", () => {
    const { groups, planned } = report;
    const sets = [
      ...(groups.current.known ? groups.current.groups : []),
      ...(planned.known ? planned.groups : []),
    ].map(({ devices }) => [...devices].sort().join(" "));
    const shown = idsOf(elements, "group-");
    expect(shown.length).toBe(new Set(sets).size);
    expect(new Set(shown).size).toBe(shown.length);
  });

  it("says every requirement, change, error and warning of the plan", () => {
    const { requirements, changes, diagnostics } = report.plan;
    const text = textOfElement(html);
    for (const said of [
      ...requirements.flatMap(({ address, reason }) => [address, reason]),
      ...changes.flatMap(({ address, reason }) => [address, reason]),
      ...diagnostics.flatMap(({ code, summary }) => [code, summary]),
    ])
      expect(text).toContain(visible(said));
  });

  it("says what the spec no longer declares, and what becomes of it", () => {
    const one = { address: "kernelOptions.quiet", outcome: "given-back", reason: "hostcfg set it" } as const;
    const plan = { ...report.plan, changes: [], unchanged: [], noLongerDeclared: [one] };
    expect(textOfElement(readMarkup(renderPage({ ...report, plan })))).toContain(
      "kernelOptions.quiet, given back: hostcfg set it",
    );
  });

  it("leads only to places in itself, each there once", () => {
    const ids = idsOf(elements, "");
    expect(new Set(ids).size).toBe(ids.length);
    for (const { href } of elements.map(({ attributes }) => attributes))
      if (href !== undefined) expect(ids).toContain(href.slice(1));
  });

  it("names nothing outside, runs nothing, and allows no style but its own", () => {
    const allowed = /^(id|class|href|lang|charset|name|content|http-equiv|aria-[a-z]+|scope|colspan)$/;
    const names = new Set(elements.flatMap(({ attributes }) => Object.keys(attributes)));
    expect([...names].filter((name) => !allowed.test(name))).toEqual([]);
    const used = new Set(elements.map(({ name }) => name));
    for (const name of ["script", "link", "img", "iframe", "object", "form", "base", "svg"])
      expect(used).not.toContain(name);
    for (const { attributes } of elements) expect(attributes["href"] ?? "#").toMatch(/^#/);
    expect(STYLE.written).not.toMatch(/url\(|@import|@font-face|https?:/);
    const digest = Buffer.from(sha256Of(STYLE.written), "hex").toString("base64");
    const policy = elements.find(({ attributes }) => "http-equiv" in attributes)?.attributes["content"];
    expect(policy).toBe(
      `default-src 'none'; style-src 'sha256-${digest}'; base-uri 'none'; form-action 'none'`,
    );
    expect(elements.filter(({ name }) => name === "style").map(textOfElement)).toEqual([STYLE.written]);
  });

  it("has a heading for each section, in order, and each section in the list", () => {
    const sections = elements.filter(({ name }) => name === "section").map(({ attributes }) => attributes);
    const nav = elements.find(({ name }) => name === "nav");
    const links =
      nav === undefined ? [] : elementsOf(nav).flatMap(({ attributes }) => attributes["href"] ?? []);
    expect(links).toEqual(sections.map(({ id }) => `#${id}`));
    const levels = elements.flatMap(({ name }) => /^h([1-6])$/.exec(name)?.[1] ?? []).map(Number);
    expect(levels.filter((level) => level === 1)).toEqual([1]);
    levels.forEach((level, at) => {
      expect(level - (levels[at - 1] ?? 0)).toBeLessThanOrEqual(1);
    });
  });
});

describe("hostile names", () => {
  let report: HostReport;
  beforeAll(async () => {
    report = await reportOf(recordedHost("intel-z390"));
  });

  /** With every text that a host or a spec can choose replaced. */
  function named(text: string): HostReport {
    const { plan, groups } = report;
    const devices = groups.devices.known ? groups.devices.value : [];
    return {
      ...report,
      plan: {
        ...plan,
        host: { ...plan.host, hostname: { known: true, value: text }, evidence: [text] },
        spec: { ...plan.spec, path: text },
        requirements: plan.requirements.map((one) => ({ ...one, address: text, reason: text })),
        changes: [
          { address: text, action: "update", before: text, after: text, reason: text, effect: "now" },
        ],
        noLongerDeclared: [{ address: text, outcome: "kept", reason: text }],
        diagnostics: [
          {
            severity: "warning",
            code: "option-trap",
            summary: text,
            source: { file: text, line: 1, column: 1, endLine: 2, endColumn: 1, text },
          },
        ],
      },
      groups: {
        ...groups,
        devices: {
          known: true,
          value: devices.map((one) => ({
            ...one,
            driver: text,
            names: { vendor: text, device: text, class: text },
          })),
        },
      },
      devices: report.devices.map((one) => ({ ...one, name: text })),
    };
  }

  const HOSTILE = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "</style><style>*{display:none}",
    "</title></head><body onload=x>",
    "<!--",
    "]]>",
    "&lt;b&gt;&amp;",
    "' onmouseover='x",
    "a\u202Ecba\u2066\u0000\u0007\r\n",
    "שלום עולם",
    "x".repeat(5000),
  ];

  it.each(HOSTILE)("%j changes no element of the page", (text) => {
    const page = readMarkup(renderPage(named(text)));
    expect(skeleton(page)).toBe(skeleton(readMarkup(renderPage(named("plain")))));
    expect(textOfElement(page)).toContain(visible(text));
  });

  it("nor does any other text", () => {
    const plain = skeleton(readMarkup(renderPage(named("plain"))));
    fc.assert(
      fc.property(fc.string({ unit: "binary", minLength: 1, maxLength: 60 }), (text) => {
        expect(skeleton(readMarkup(renderPage(named(text))))).toBe(plain);
      }),
      { numRuns: 25 },
    );
  });

  it("an address that is none makes no place twice", () => {
    const odd = ['a b"#', "a_20_b", "ü", "a/b"];
    const groups = odd.map((address, id) => ({ id, devices: [address] }));
    const page = renderPage({ ...report, groups: { ...report.groups, current: { known: true, groups } } });
    const ids = idsOf(elementsOf(readMarkup(page)), "");
    expect(new Set(ids).size).toBe(ids.length);
    for (const id of ids) expect(id).toMatch(/^[\w:.-]+$/);
  });
});
