import { spawn } from "node:child_process";
import { chmodSync, cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { inject } from "vitest";
import { copyDisks } from "./disks.ts";
import { FIRST_BOOT, bootGrub, playGrub, write } from "./grub.ts";
import { PRODUCT } from "./hostcfg.ts";
import { buildPackage } from "./kernels.ts";
import { chosenOnce } from "./grub-menu.ts";
import type { Started } from "./live.ts";
import { Machine } from "./machine.ts";
import type { Ran } from "./ran.ts";
import { outcome } from "./ran.ts";
import { tool } from "./tool.ts";
import { STRACE } from "./trace.ts";

/** What is read on the way to each host, so that ssh(1) needs no network: the real sshd on a pipe. */
const SSHD = ["/usr/sbin/sshd", "-i", "-e"];
const SSHD_CONFIG = "UsePAM no\nPermitRootLogin prohibit-password\nLogLevel ERROR\n";
/** Where the machine says that it was told to reboot; nothing in it could. */
const REBOOT = "/run/reboot-asked-for";
const SHUTDOWN = `#!/bin/sh\nexec echo "$@" >${REBOOT}\n`;
/** In the place of the executable and the package of test/packages, which take long to make. */
const PROGRAM = `#!/bin/sh\nexec /usr/local/bin/node ${PRODUCT}/dist/hostcfg.js "$@"\n`;

const TRIAL_UNIT = "/etc/systemd/system/hostcfg-trial.service";
/** hostcfg try trusts GRUB's memory on a plain disk alone. */
const DISKS = ["sdx", "sdy", "sdz"];

const COLLECTION = fileURLToPath(new URL("../../../ansible", import.meta.url));

/** How a reboot ends otherwise than the loader's menu says: somebody picks the old entry, or what it starts panics. */
type Trouble = "old-entry-picked" | "panics-once";

/** Several GRUB hosts that Ansible reaches by ssh, and the machine that runs Ansible. */
export class Fleet {
  /** Of the machine that runs Ansible: its home, its configuration, its key. */
  readonly folder: string;
  /** hostcfg's executable and Debian package, as the role takes them. */
  readonly executable: string;
  readonly deb: string;
  readonly #machines = new Map<string, Machine>();
  readonly #troubles = new Map<string, Trouble>();
  readonly #traced = new Set<string>();
  /** What goes wrong while a host reboots, which no caller waits for. */
  readonly #complaints: unknown[] = [];
  readonly #units: Promise<void>[] = [];
  #watch: Promise<void> | undefined;
  #over = false;

  private constructor() {
    this.folder = mkdtempSync(join(inject("folder"), "fleet-"));
    this.executable = join(this.folder, "hostcfg");
    writeFileSync(this.executable, PROGRAM, { mode: 0o755 });
    const tree = join(this.folder, "deb");
    mkdirSync(join(tree, "usr/bin"), { recursive: true });
    writeFileSync(join(tree, "usr/bin/hostcfg"), PROGRAM, { mode: 0o755 });
    this.deb = buildPackage("hostcfg", "0.1.0", tree, {}, this.folder);
  }

  static async boot(names: readonly string[]): Promise<Fleet> {
    const fleet = new Fleet();
    fleet.#configure();
    const first = await bootGrub();
    try {
      await write(first, "/root/.ssh/authorized_keys", tool("cat", join(fleet.folder, "key.pub")));
      await write(first, "/etc/ssh/sshd_config.d/rig.conf", SSHD_CONFIG);
      await write(first, "/usr/sbin/shutdown", SHUTDOWN);
      await first.must("chmod", "755", "/usr/sbin/shutdown");
      await first.must("chmod", "700", "/root/.ssh");
      await first.powerOff();
      for (const [at, name] of names.entries()) {
        const folder = join(fleet.folder, name);
        copyDisks(first.folder, folder);
        const machine = new Machine(folder, { rootNode: `/dev/${DISKS[at] ?? ""}` });
        fleet.#machines.set(name, machine);
        await fleet.#powerOn(name, FIRST_BOOT);
        await write(machine, "/etc/hostname", `${name}\n`);
        await machine.must("hostname", name);
      }
    } finally {
      await first.discard();
    }
    fleet.#watch = fleet.#rebootWhenAsked();
    return fleet;
  }

  machine(name: string): Machine {
    const machine = this.#machines.get(name);
    if (machine === undefined) throw new Error(`there is no host ${name}`);
    return machine;
  }

  /** What the host's reboots come to from now on; without it, they go well. */
  trouble(name: string, trouble?: Trouble): void {
    if (trouble === undefined) this.#troubles.delete(name);
    else this.#troubles.set(name, trouble);
  }

  /** Whether all that Ansible does on the host is told of, from the next connection on. */
  trace(name: string, traced: boolean): void {
    if (traced) this.#traced.add(name);
    else this.#traced.delete(name);
    this.#writeWay(name);
  }

  /** A file beside the playbook. */
  file(name: string, text: string): string {
    const path = join(this.folder, name);
    writeFileSync(path, text);
    return path;
  }

  /** Runs a program of Ansible's in the folder. */
  ansible(...argv: readonly string[]): Promise<Ran> {
    const [program = "", ...words] = argv;
    const env = {
      HOME: this.folder,
      PATH: process.env["PATH"],
      LC_ALL: "C.UTF-8",
      ANSIBLE_CONFIG: join(this.folder, "ansible.cfg"),
    };
    return outcome(spawn(program, words, { cwd: this.folder, env, stdio: ["ignore", "pipe", "pipe"] }));
  }

  async discard(): Promise<void> {
    this.#over = true;
    await Promise.all([this.#watch, ...this.#units]);
    for (const machine of this.#machines.values()) await machine.powerOff();
    rmSync(this.folder, { recursive: true });
    if (this.#complaints.length > 0) throw new AggregateError(this.#complaints, "a host did not reboot");
  }

  #configure(): void {
    tool("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", join(this.folder, "key"));
    tool("ansible-galaxy", "collection", "build", COLLECTION, "--output-path", this.folder);
    const archive = join(this.folder, "hostcfg-hostcfg-0.1.0.tar.gz");
    const into = join(this.folder, "collections");
    tool("ansible-galaxy", "collection", "install", archive, "--collections-path", into);
    const options = [
      ...[`-i ${join(this.folder, "key")}`, "-o StrictHostKeyChecking=no", "-o UserKnownHostsFile=/dev/null"],
      ...["-o LogLevel=ERROR", `-o ProxyCommand=${join(this.folder, "way-to-%h")}`],
    ];
    cpSync(join(COLLECTION, "examples/site.yml"), join(this.folder, "site.yml"));
    this.file(
      "ansible.cfg",
      `[defaults]
collections_path = ${into}
interpreter_python = /usr/bin/python3
remote_user = root
display_skipped_hosts = false
callback_result_format = yaml
[ssh_connection]
ssh_args = ${options.join(" ")}
pipelining = true
`,
    );
  }

  async #powerOn(name: string, started: Started): Promise<void> {
    const machine = this.machine(name);
    await machine.powerOn(started);
    await machine.must("mkdir", "-p", "/run/sshd");
    this.#writeWay(name);
  }

  /** What ssh(1) runs for a connection. */
  #writeWay(name: string): void {
    const path = join(this.folder, `way-to-${name}`);
    const command = [...this.machine(name).entry(), ...(this.#traced.has(name) ? STRACE : []), ...SSHD];
    writeFileSync(path, `#!/bin/sh\nexec ${command.join(" ")}\n`);
    chmodSync(path, 0o755);
  }

  /** Plays the reboots that the hosts are told to make: the power, the boot loader, and the kernel's facts. */
  async #rebootWhenAsked(): Promise<void> {
    while (!this.#over) {
      for (const [name, machine] of this.#machines) {
        if (!existsSync(machine.path(REBOOT))) continue;
        await this.#reboot(name).catch((error: unknown) => this.#complaints.push(error));
      }
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
  }

  async #reboot(name: string): Promise<void> {
    const machine = this.machine(name);
    const trouble = this.#troubles.get(name);
    let started = await startGrub(machine);
    if (trouble === "old-entry-picked") started = FIRST_BOOT;
    // By panic=30 on its line, the kernel resets the host.
    if (trouble === "panics-once") started = await startGrub(machine);
    // Nobody gets in meanwhile.
    writeFileSync(join(this.folder, `way-to-${name}`), "#!/bin/sh\nexit 1\n");
    await machine.powerOff();
    await this.#powerOn(name, started);
    if (existsSync(machine.path(TRIAL_UNIT))) this.#runUnit(machine);
  }

  /** As systemd would, once all else of the boot is up. */
  #runUnit(machine: Machine): void {
    const command = /^ExecStart=(.*)$/m.exec(machine.readText(TRIAL_UNIT))?.[1] ?? "false";
    const ended = machine.run(["sh", "-c", `cd / && exec ${command}`], { cwd: "/" });
    this.#units.push(
      ended.then(({ exitCode, stdout, stderr }) => {
        if (exitCode !== 0)
          this.#complaints.push(new Error(`${command}: exit ${exitCode}\n${stdout}${stderr}`));
      }),
    );
  }
}

/** Plays GRUB, which forgets what is chosen for one boot before it starts that. */
async function startGrub(machine: Machine): Promise<Started> {
  const started = playGrub(machine);
  if (chosenOnce(machine) !== "") await machine.must("grub-editenv", "-", "set", "next_entry=");
  return started;
}
