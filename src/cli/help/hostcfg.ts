export const ABOUT = `hostcfg brings the boot path of a Linux host to what one YAML file says: which kernel
boots, which links and loader entries name it, with which options, and which PCI
devices end up in different IOMMU groups.

It reads the host, shows what would change and why, and changes it only after a yes.
A second apply does nothing. It never reboots, and never removes what it did not make.`;

export const EXAMPLES = [
  ["what would change on this host? (changes nothing)", "hostcfg plan host.yaml"],
  ["change it, after a question", "sudo hostcfg apply host.yaml"],
  ["after the reboot: did it come out as declared?", "sudo hostcfg verify host.yaml"],
] as const;

export const MORE = `More: hostcfg COMMAND --help, hostcfg --version.`;
