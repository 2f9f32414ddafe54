import { expect, it } from "vitest";
import { patched, planOf } from "../../support/planning.ts";
import { recordedHost } from "../../support/recorded-hosts.ts";

const { capture } = recordedHost("debian-grub");
const SETTINGS = "/etc/default/grub";
const MENU = "/boot/grub/grub.cfg";

/** As 10_linux of Debian 12 writes it behind each usual entry where sysvinit is installed beside systemd. */
function withOtherInit(menu: string): string {
  return menu.replaceAll(
    /^\tmenuentry '[^']*'[^\n]*-advanced-[^\n]*\n[\s\S]*?^\t\}\n/gm,
    (entry) =>
      entry +
      entry
        .replace("-advanced-", "-init-sysvinit-")
        .replace(/menuentry '([^']*)'/, "menuentry '$1 (sysvinit)'")
        .replace(/^(\s*linux\s.*?) *$/m, "$1 init=/lib/sysvinit/init"),
  );
}

it.each([
  ["1>1", "6.1.0-26-amd64", "ro quiet iommu=pt init=/lib/sysvinit/init"],
  ["1>2", "6.1.0-26-amd64", "ro single"],
  ["1>4", "6.1.0-25-amd64", "ro quiet iommu=pt init=/lib/sysvinit/init"],
])("the default %s counts the entries of other inits", async (place, release, options) => {
  const edit = (path: string, from: string, to: string): string =>
    (capture.paths[path]?.text ?? "").replace(from, to);
  const host = patched(capture, {
    [SETTINGS]: edit(SETTINGS, "GRUB_DEFAULT=0", `GRUB_DEFAULT="${place}"`),
    [MENU]: withOtherInit(edit(MENU, 'set default="0"', `set default="${place}"`)),
  });
  const { after } = (await planOf(host, { kernelOptions: { present: ["iommu=pt"] } })).nextBoot;
  expect(after).toMatchObject({ known: true, value: { release: { known: true, value: release } } });
  expect(after.known && after.value.options.replace(/^root=\S+ /, "")).toBe(options);
});
