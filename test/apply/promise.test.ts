import { afterEach, beforeEach, expect, it } from "vitest";
import { FaultyHost } from "../support/faulty-host.ts";
import { Story } from "../support/story.ts";

const CONF = "/boot/efi/loader/loader.conf";
const OPTIONS = "apiVersion: hostcfg/v1\nkernelOptions: { present: [iommu=pt] }\n";

let story: Story;
beforeEach(() => {
  story = new Story({ devices: false, spec: OPTIONS });
});
afterEach(() => {
  story.remove();
});

it("an apply whose steps all end well fails where another boot comes than its plan promised", async () => {
  const host = story.host();
  const sabotaged = Object.assign(new FaultyHost(host), {
    writeFile: (
      path: string,
      content: string | Uint8Array,
      attributes: Parameters<typeof host.writeFile>[2],
    ) => {
      const isLast = path === CONF && String(content).includes("Pop_OS-current");
      host.writeFile(path, isLast ? "default Recovery-9C63-930A\n" : content, attributes);
    },
  });
  const outcome = await story.apply(sabotaged);
  expect(outcome).toMatchObject({
    status: "failed",
    why: expect.stringMatching(/but the next boot is not the planned one: .*Recovery-9C63-930A/) as string,
  });
});
