import fs from "node:fs";
import { dirname, join } from "node:path";
import { tmpdir } from "node:os";
import type { Capture } from "../../src/host/capture.ts";
import type { Host } from "../../src/host/host.ts";
import type { Plan, Task } from "../../src/model/index.ts";
import { applyPlan } from "../../src/apply/apply.ts";
import type { ApplyOutcome } from "../../src/apply/events.ts";
import { probe } from "../../src/plan/probe.ts";
import { planDisableVerify, planEnableVerify } from "../../src/verify-at-boot/make.ts";
import { StandInHost } from "../standins/host.ts";
import { materialise } from "./materialise.ts";

export const COMMAND = {
  executable: "/usr/bin/node",
  script: "/usr/lib/hostcfg/dist/hostcfg.js",
  spec: "/etc/hostcfg/host.yaml",
};
const FILES = [...Object.values(COMMAND), "/usr/lib/systemd/systemd", "/usr/lib/hostcfg/dist/main.js"];

/** A recorded host in a folder, with systemd, hostcfg and a spec in it. */
export class BootVerifiedHost {
  readonly root = fs.mkdtempSync(join(tmpdir(), "hostcfg-verify-at-boot-"));
  readonly host: StandInHost;

  constructor(capture: Pick<Capture, "paths">, without: readonly string[] = []) {
    materialise(capture, this.root);
    for (const path of FILES.filter((one) => !without.includes(one))) this.write(path, "x\n");
    this.host = new StandInHost(this.root);
  }

  /** With modes that do not hang on this process's umask. */
  write(path: string, text: string): void {
    const real = join(this.root, path);
    for (let at = dirname(real); at !== this.root && !fs.existsSync(at); at = dirname(at))
      fs.mkdirSync(at, { recursive: true, mode: 0o755 });
    fs.writeFileSync(real, text);
    fs.chmodSync(real, 0o644);
  }

  remove(): void {
    fs.rmSync(this.root, { recursive: true, force: true });
  }

  async plan(task: Task, spec = COMMAND.spec): Promise<Plan> {
    const reader = this.host.reader();
    const common = { state: await probe(reader), hostcfgVersion: "0.0.0" };
    if (task === "disable-verify") return planDisableVerify(reader, common);
    return planEnableVerify(reader, {
      ...common,
      command: { ...COMMAND, spec },
      spec: { path: spec, sha256: "a".repeat(64), document: {} },
      diagnostics: [],
    });
  }

  async carryOut(task: Task, host: Host = this.host, spec?: string): Promise<ApplyOutcome> {
    return applyPlan({
      plan: await this.plan(task, spec),
      host,
      replan: () => this.plan(task, spec),
      checkBoot: () => Promise.reject(new Error("no boot hangs on it")),
      observe: () => undefined,
      signal: new AbortController().signal,
      now: () => new Date(0),
    });
  }
}
