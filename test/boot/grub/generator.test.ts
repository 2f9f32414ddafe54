import { describe, expect, it } from "vitest";
import type { Plan } from "../../../src/model/index.ts";
import type { Patch } from "../../support/planning.ts";
import { codes, patched, planOf } from "../../support/planning.ts";
import { recordedHost } from "../../support/recorded-hosts.ts";

const { capture } = recordedHost("debian-grub");
const SETTINGS = "/etc/default/grub";
const [OLD, NEW] = ["6.1.0-25-amd64", "6.1.0-26-amd64"];
const OPTIONS = { kernelOptions: { present: ["iommu=pt"] } };

/** What tells the shapes of 10_linux apart, of its text only the lines that say it. */
const OLDER_SCRIPT = `linux_entry ()
{
  echo "menuentry '$title' \${CLASS} \\$menuentry_id_option 'gnulinux-$version-$type-$boot_device_id' {"
  sed "s/^/$submenu_indentation/" << EOF
	linux	\${rel_dirname}/\${basename} root=\${linux_root_device_thisversion} ro \${args}
EOF
}
while [ "x$list" != "x" ] ; do
  linux=\`version_find_latest $list\`
done
`;
const NEWER_SCRIPT = `${OLDER_SCRIPT.replace(/while[^]*/, "")}
reverse_sorted_list=$(echo $list | tr ' ' '\\n' | version_sort -r)
if [ "x$GRUB_TOP_LEVEL" != x ]; then
  reverse_sorted_list=$(grub_move_to_front "$GRUB_TOP_LEVEL" \${reverse_sorted_list})
fi
`;

function host(settings: string, script: string | undefined, more: Patch = {}): typeof capture {
  return patched(capture, {
    [SETTINGS]: `${capture.paths[SETTINGS]?.text ?? ""}${settings}`,
    ...(script === undefined ? {} : { "/etc/grub.d/10_linux": script }),
    ...more,
  });
}

function promised({ nextBoot }: Plan): string | undefined {
  return nextBoot.after.known && nextBoot.after.value.release.known
    ? nextBoot.after.value.release.value
    : undefined;
}

describe("GRUB_TOP_LEVEL", () => {
  const TOP = `GRUB_TOP_LEVEL=/boot/vmlinuz-${OLD}\n`;

  it("keeps its kernel first where 10_linux knows it, and that is promised", async () => {
    const plan = await planOf(host(TOP, NEWER_SCRIPT), OPTIONS);
    expect(promised(plan)).toBe(OLD);
    expect(plan.nextBoot.afterUpgrade).toEqual({
      known: true,
      value: { keeps: true, rule: `GRUB_TOP_LEVEL puts /boot/vmlinuz-${OLD} first` },
    });
  });

  it("does nothing where 10_linux is older", async () => {
    expect(promised(await planOf(host(TOP, OLDER_SCRIPT), OPTIONS))).toBe(NEW);
  });

  it("does nothing where it names no image by its whole path", async () => {
    for (const value of [`vmlinuz-${OLD}`, `/boot/vmlinuz-6.99`, `/vmlinuz`])
      expect(promised(await planOf(host(`GRUB_TOP_LEVEL=${value}\n`, NEWER_SCRIPT), OPTIONS))).toBe(NEW);
  });

  it("leaves the next boot unknown where 10_linux cannot be read, unless a kernel is pinned", async () => {
    expect(promised(await planOf(host(TOP, undefined), OPTIONS))).toBeUndefined();
    expect(promised(await planOf(host(TOP, undefined), { kernel: { release: NEW } }))).toBe(NEW);
  });

  it("gives way to a kernel that is pinned", async () => {
    expect(promised(await planOf(host(TOP, NEWER_SCRIPT), { kernel: { release: NEW } }))).toBe(NEW);
  });
});

describe("GRUB_FLAVOUR_ORDER", () => {
  const LIBRARY = "/usr/share/grub/grub-mkconfig_lib";
  const SORTER = "/usr/lib/grub/grub-sort-version";
  const [RT] = ["6.1.0-20-rt-amd64"];
  /** A kernel with its initrd, older than the others. */
  const OLDER_RT: Patch = {
    [`/boot/vmlinuz-${RT}`]: capture.paths[`/boot/vmlinuz-${OLD}`] ?? null,
    [`/boot/initrd.img-${RT}`]: capture.paths[`/boot/initrd.img-${OLD}`] ?? null,
  };
  const SETTING = 'GRUB_FLAVOUR_ORDER="lowlatency rt-amd64"\n';

  it.each([
    [
      "version_test_gt",
      OLDER_SCRIPT,
      { [LIBRARY]: 'dpkg --compare-versions\n# GRUB_FLAVOUR_ORDER\ngrep --  "-[0-9]*-$flavour\\$"\n' },
    ],
    [
      "grub-sort-version",
      NEWER_SCRIPT,
      {
        [LIBRARY]: `LC_ALL=C ${SORTER} "$@"\n`,
        [SORTER]: 'os.environ.get("GRUB_FLAVOUR_ORDER", "")\nf"[\\\\s\\\\S]*-{flavour}(\\\\s*\\\\d*)$"\n',
      },
    ],
  ] as const)("puts its flavours first where Ubuntu's %s is read", async (_what, script, texts) => {
    const plan = await planOf(host(SETTING, script, { ...OLDER_RT, ...texts }), OPTIONS);
    expect(promised(plan)).toBe(RT);
    expect(plan.nextBoot.afterUpgrade).toMatchObject({
      value: {
        keeps: false,
        rule: "GRUB_DEFAULT in /etc/default/grub is 0, a place in the menu, and the newest kernel of lowlatency, then rt-amd64 comes first",
      },
    });
  });

  it("does nothing where grub-mkconfig_lib does not know it, as Debian's", async () => {
    const texts = { ...OLDER_RT, [LIBRARY]: "dpkg --compare-versions\n" };
    expect(promised(await planOf(host(SETTING, OLDER_SCRIPT, texts), OPTIONS))).toBe(NEW);
  });

  it.each([
    ["the library cannot be read", SETTING, {}],
    [
      "it is looked for in another way",
      SETTING,
      { [LIBRARY]: "case $x in *-$GRUB_FLAVOUR_ORDER) ;; esac\n" },
    ],
    ["the program cannot be read", SETTING, { [LIBRARY]: `${SORTER} "$@"\n` }],
    [
      "its value is no plain name",
      "GRUB_FLAVOUR_ORDER='rt.*'\n",
      { [LIBRARY]: '# GRUB_FLAVOUR_ORDER\ngrep --  "-[0-9]*-$flavour\\$"\n' },
    ],
  ] as const)("leaves the next boot unknown where %s", async (_why, setting, texts) => {
    const plan = await planOf(host(setting, OLDER_SCRIPT, texts), OPTIONS);
    expect(promised(plan)).toBeUndefined();
    expect(codes(plan, "error")).toEqual([]);
  });
});

describe("Ubuntu's 10_linux_zfs", () => {
  it("is told by the names of its entries, and nothing is planned over them", async () => {
    const menu = "/boot/grub/grub.cfg";
    const text = (capture.paths[menu]?.text ?? "").replaceAll(
      /'gnulinux-(?:simple|(6\.[^']*?)-(?:advanced|recovery))-[^']*'/g,
      (_all, release: string | undefined) => `'gnulinux-rpool/ROOT/ubuntu_0815-${release ?? NEW}'`,
    );
    const plan = await planOf(patched(capture, { [menu]: text }), OPTIONS);
    expect(codes(plan, "error")).toEqual(["grub-entries-unknown"]);
    expect(plan.steps).toEqual([]);
  });
});

describe("the generator's own text", () => {
  it("says whether the lines have ro or rw", async () => {
    const { nextBoot } = await planOf(host("", OLDER_SCRIPT.replace(" ro ", " rw ")), OPTIONS);
    expect(nextBoot.after).toMatchObject({
      value: { options: expect.stringMatching(/^root=\S+ rw quiet/) as unknown },
    });
  });
});
