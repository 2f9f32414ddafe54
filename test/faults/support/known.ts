import type { Broken } from "./rig.ts";

/** What does not hold and is known not to: printed as not survived, and no reason for a red run. */
export interface Known {
  readonly host: string;
  readonly act: string;
  readonly fault: RegExp;
  /** What each finding has to be like. */
  readonly what: RegExp;
  readonly why: string;
}

export const KNOWN: readonly Known[] = [
  {
    host: "pop-x570",
    act: "first apply",
    fault: /^noop of run 2, update-initramfs/,
    what: /a plan with errors cannot be applied/,
    why: "a package whose own hook has made no list of modules is refused, with the remedy, rather than made good",
  },
  {
    host: "debian-grub, a newer kernel",
    act: "first apply",
    fault: /^noop of run 2, update-initramfs/,
    what: /a plan with errors cannot be applied/,
    why: "what booted before stays the default, and the next plan is refused, with the remedy, as long as the kernel that would come first has no initrd",
  },
  {
    host: "ubuntu-grub",
    act: "first apply",
    fault: /^noop of run 1, update-grub/,
    what: /^again it leaves another \/boot\/grub\/custom\.cfg$/,
    why: "the default was given back and the menu made again, by a stand-in that does not write Ubuntu's $vt_handoff, so the way back is a copy of another line",
  },
  {
    host: "pop-x570, a card for a virtual machine",
    act: "second apply",
    fault: /^(?:noop|fail|hang) of run 2, kernelstub/,
    what: /a plan with errors cannot be applied/,
    why: "what boots next is unknown once kernelstub's hook has not copied the new initrd, and where the spec declares no kernel.release the plan says to declare it rather than guess",
  },
  ...["undo of the second", "undo of the first"].map((act) => ({
    host: "pop-x570, a card for a virtual machine",
    act,
    fault: /^noop of run 1, update-initramfs/,
    what: /^again it leaves another \/boot\/initrd\.img-/,
    why: "an undo believes an update-initramfs that ends well: nothing tells the initrd that it had to make from the one that was there",
  })),
  ...["undo of the second", "undo of the first"].map((act) => ({
    host: "arch-grub, a card for a virtual machine",
    act,
    fault: /^noop of run 1, mkinitcpio/,
    what: /^again it leaves another \/boot\/initramfs-linux-zen\.img/,
    why: "as with update-initramfs: an undo believes a mkinitcpio that ends well",
  })),
  ...["undo of the second", "undo of the first"].map((act) => ({
    host: "debian13-dracut, a card for a virtual machine",
    act,
    fault: /^noop of run 1, dracut/,
    what: /^again it leaves another \/boot\/initrd\.img-/,
    why: "as with update-initramfs: an undo believes a dracut that ends well",
  })),
  ...["arch-grub", "arch-static"].map((host) => ({
    host: `${host}, whose kernel is replaced`,
    act: "first apply",
    fault: /^(?:late )?hang of run \d, (?:mkinitcpio -p|pacman)/,
    what: /^again it leaves another \/var\/lib\/pacman\/db\.lck$/,
    why: "a pacman that is killed leaves its lock: hostcfg tells of it, and a person takes it away once nothing runs",
  })),
  {
    host: "debian13-dracut",
    act: "first apply",
    fault: /^noop of run 2, dracut/,
    what: /a plan with errors cannot be applied/,
    why: "a package whose own hook has made no list of modules is refused, with the remedy, rather than made good",
  },
  ...["undo of the second", "undo of the first"].map((act) => ({
    host: "sd-boot-debian, a card for a virtual machine",
    act,
    fault: /^noop of run 1, update-initramfs/,
    what: /^again it leaves another \/boot\/(?:efi\/debian\/[^/]+\/)?initrd\.img-/,
    why: "as on the host before: what an update-initramfs that ends well did not make is not missed by an undo",
  })),
  ...["give-up before its boot", "give-up in its boot", "at-boot, in the boot of before"].map((act) => ({
    host: "proxmox-9, tried",
    act,
    fault: /^noop of run [345], unshare/,
    what: /^it ends neither as it was nor kept: 6\.17\.2-1-pve root=ZFS=rpool\/ROOT\/pve-1 boot=zfs quiet; /,
    why: "an undo believes what takes hostcfg's entries off the ESPs: what boots is as before, and an entry that nothing names stays in the menu",
  })),
  ...["give-up before its boot", "give-up in its boot", "at-boot, in the boot of before"].map((act) => ({
    host: "proxmox-grub-esps, tried",
    act,
    fault: /^noop of run [345], unshare/,
    what: /^it ends neither as it was nor kept: 6\.8\.12-8-pve root=ZFS=\/ROOT\/pve-1 ro root=ZFS=rpool\/ROOT\/pve-1 boot=zfs quiet; /,
    why: "as on the host before, where GRUB starts the ESPs",
  })),
];

export function isKnown(host: string, act: string, { fault, what }: Broken): boolean {
  return KNOWN.some(
    (known) =>
      known.host === host &&
      known.act === act &&
      known.fault.test(fault) &&
      what.every((one) => known.what.test(one)),
  );
}
