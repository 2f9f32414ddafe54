import fs from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { ENGINE } from "../../src/cli/engine.ts";
import { renderPage } from "../../src/cli/report-page/page.ts";
import type { HostReport } from "../../src/plan/report.ts";
import { runWith } from "../cli/fakes.ts";
import { recordedHost } from "../support/recorded-hosts.ts";
import type { Browser, BrowserEvent } from "./rig/browser.ts";
import { startBrowser } from "./rig/browser.ts";

// The pages of hostcfg report in Debian's own Chromium: what no reader of markup can tell.

let work: string;
let browser: Browser;
beforeAll(async () => {
  browser = await startBrowser();
  work = fs.mkdtempSync(join(fs.realpathSync(tmpdir()), "hostcfg-pages-"));
  return () => {
    browser.close();
    fs.rmSync(work, { recursive: true });
  };
});

async function pageOf(name: string): Promise<string> {
  const { spec, capture } = recordedHost(name);
  const files = { "host.yaml": fs.readFileSync(spec, "utf8"), "c.json": JSON.stringify(capture) };
  const { stdout } = await runWith(ENGINE, "report --capture c.json", { files });
  const path = join(work, `${name}.html`);
  fs.writeFileSync(path, stdout);
  return path;
}

async function shown(path: string, width: number, scheme: string): Promise<readonly BrowserEvent[]> {
  await browser.call("Emulation.setDeviceMetricsOverride", {
    width,
    height: 900,
    deviceScaleFactor: 1,
    mobile: false,
  });
  await browser.call("Emulation.setEmulatedMedia", {
    features: [{ name: "prefers-color-scheme", value: scheme }],
  });
  return browser.open(path);
}

const VIEWS = [320, 400, 1280].flatMap((width) => ["light", "dark"].map((scheme) => ({ width, scheme })));

/** Two cards of one kind, a switch, no IOMMU, a refused loader. */
describe.each(["intel-z390", "pop-x570", "debian-grub", "nixos"])("the page of %s", (name) => {
  let path: string;
  beforeAll(async () => {
    path = await pageOf(name);
  });

  const show = (width: number, scheme: string) => shown(path, width, scheme);

  it("asks for nothing but itself, and its policy refuses nothing of its own", async () => {
    const events = await show(1280, "light");
    const asked = events
      .filter(({ method }) => method === "Network.requestWillBeSent")
      .map(({ params }) => (params["request"] as { url: string }).url);
    expect(asked).toEqual([`file://${path}`]);
    expect(events.filter(({ method }) => method === "Log.entryAdded")).toEqual([]);
    expect(await browser.evaluate("getComputedStyle(document.querySelector('h1')).fontWeight")).toBe("650");
  });

  it.each(VIEWS)("has nothing that sticks out, $width pixels wide ($scheme)", async ({ width, scheme }) => {
    await show(width, scheme);
    expect(await browser.evaluate(BEYOND)).toBe(0);
    expect(await browser.evaluate<string[]>(OUTSIDE)).toEqual([]);
  });

  it.each(["light", "dark"])("can be read, each text on what is behind it (AA, %s)", async (scheme) => {
    await show(1280, scheme);
    expect(await browser.evaluate<string[]>(HARD_TO_READ)).toEqual([]);
  });

  it("gives each link, heading and table cell a name, for who hears it", async () => {
    await show(1280, "light");
    const { nodes } = (await browser.call("Accessibility.getFullAXTree")) as unknown as { nodes: AxNode[] };
    const roles = ["link", "heading", "columnheader", "rowheader", "region", "navigation"];
    const seen = new Set(nodes.map(({ role }) => role?.value));
    for (const role of roles) expect(seen).toContain(role);
    const mute = nodes.filter(
      ({ ignored, role, name: called }) =>
        !ignored && role !== undefined && roles.includes(role.value) && (called?.value ?? "") === "",
    );
    expect(mute.map(({ role }) => role?.value)).toEqual([]);
  });

  it("begins, for who uses the keyboard, with a link to the content that is then seen", async () => {
    await show(400, "light");
    await browser.call("Input.dispatchKeyEvent", { type: "keyDown", key: "Tab", windowsVirtualKeyCode: 9 });
    const { href, left } = await browser.evaluate<{ href: string; left: number }>(
      "((e) => ({ href: e.getAttribute('href'), left: e.getBoundingClientRect().left }))(document.activeElement)",
    );
    expect(href).toBe("#content");
    expect(left).toBeGreaterThanOrEqual(0);
  });

  it("prints", async () => {
    await show(1280, "dark");
    const { data } = await browser.call("Page.printToPDF");
    expect(
      Buffer.from(data as string, "base64")
        .subarray(0, 5)
        .toString(),
    ).toBe("%PDF-");
  });
});

describe("the page of a host with names that nobody expects", () => {
  it.each([320, 1280])("has nothing that sticks out, %d pixels wide", async (width) => {
    const { spec, capture } = recordedHost("intel-z390");
    const files = { "host.yaml": fs.readFileSync(spec, "utf8"), "c.json": JSON.stringify(capture) };
    const { stdout } = await runWith(ENGINE, "report --capture c.json --json", { files });
    const report = JSON.parse(stdout) as HostReport;
    const { devices, current } = report.groups;
    const names = { vendor: "W".repeat(400), device: "שלום \u202eabc", class: "Z\u0300\u0301".repeat(90) };
    const all = devices.known ? devices.value : [];
    const strange = { id: 1234567, devices: [`7000000.${"q".repeat(200)}`] };
    const page = renderPage({
      ...report,
      groups: {
        ...report.groups,
        devices: { known: true, value: all.map((one) => ({ ...one, names, driver: "d".repeat(300) })) },
        current: { known: true, groups: [...(current.known ? current.groups : []), strange] },
      },
      devices: report.devices.map((one) => ({ ...one, name: "n".repeat(200) })),
    });
    const path = join(work, "strange.html");
    fs.writeFileSync(path, page);
    await shown(path, width, "light");
    expect(await browser.evaluate(BEYOND)).toBe(0);
    expect(await browser.evaluate<string[]>(OUTSIDE)).toEqual([]);
  });
});

interface AxNode {
  readonly ignored: boolean;
  readonly role?: { readonly value: string };
  readonly name?: { readonly value: string };
}

const SEEN = `[...document.body.querySelectorAll("*")].filter((e) => !e.closest(".sr,.skip"))`;

/** So many pixels would have to be scrolled sideways. */
const BEYOND = "document.documentElement.scrollWidth - document.documentElement.clientWidth";

/** Boxes that end beyond the right edge, or begin before the left one. */
const OUTSIDE = `${SEEN}.filter((e) => {
  const { left, right, width } = e.getBoundingClientRect();
  return width > 0 && (right > document.documentElement.clientWidth + 0.5 || left < -0.5);
}).map((e) => e.outerHTML.slice(0, 120))`;

/** Elements with text of their own whose colour has less contrast than WCAG 2.1 asks for (AA). */
const HARD_TO_READ = `(() => {
  const numbers = (colour) => (colour.match(/[\\d.]+/g) ?? []).map(Number);
  const opaque = (colour) => numbers(colour).length === 3 || numbers(colour)[3] === 1;
  const light = (colour) => {
    const [r, g, b] = numbers(colour).map((v) => ((v /= 255), v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const behind = (e) => {
    for (; e; e = e.parentElement) {
      const drawn = e.matches(".g:not(.none)") ? getComputedStyle(e, "::before") : getComputedStyle(e);
      if (opaque(drawn.backgroundColor)) return drawn.backgroundColor;
    }
    return "rgb(255, 255, 255)";
  };
  return ${SEEN}.filter((e) => [...e.childNodes].some((n) => n.nodeType === 3 && n.data.trim() !== "")).flatMap((e) => {
    const [x, y] = [light(getComputedStyle(e).color), light(behind(e))].sort((a, b) => b - a);
    const contrast = (x + 0.05) / (y + 0.05);
    return contrast >= 4.5 ? [] : [contrast.toFixed(2) + " " + e.outerHTML.slice(0, 120)];
  });
})()`;
