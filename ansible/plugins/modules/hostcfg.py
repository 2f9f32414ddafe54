#!/usr/bin/python
# -*- coding: utf-8 -*-
# SPDX-License-Identifier: MIT

from __future__ import absolute_import, division, print_function

__metaclass__ = type

DOCUMENTATION = r"""
module: hostcfg
short_description: Bring what a Linux host boots to what a spec says
description:
  - Runs C(hostcfg) on the host. It compares the host with a spec (kernel, kernel options, C(/boot) links, IOMMU groups,
    devices for vfio-pci), changes what differs, and proves before each step that the host still boots.
  - It never reboots the host. The role P(hostcfg.hostcfg.hostcfg#role) does, where it is asked to.
author:
  - the hostcfg developers (@hostcfg)
requirements:
  - hostcfg on the host
  - root on the host (C(become))
options:
  spec:
    description:
      - The spec, as data or as the text of a file. It is written to O(path), which only root reads where it is new, once
        hostcfg takes the plan that comes of it.
      - Without it, the file at O(path) is the spec.
    type: raw
  path:
    description:
      - The spec's file on the host. The packages that it names, and C(host.lock.json), stand beside it.
    type: path
    default: /etc/hostcfg/host.yaml
  state:
    description:
      - V(applied) brings the host to what the spec says (C(hostcfg apply)).
      - V(tried) does so for one boot (C(hostcfg try --when-satisfied)). That boot keeps it where C(hostcfg verify) is
        satisfied, else the host goes back to what it booted before, by itself.
      - V(verified) changes nothing, and fails unless this boot is as the spec says (C(hostcfg verify)).
    type: str
    choices: [applied, tried, verified]
    default: applied
  executable:
    description:
      - The name of hostcfg on the host, or its path.
    type: str
    default: hostcfg
attributes:
  check_mode:
    description: Shows the plan. Nothing is written on the host but a copy of the spec in C(/run), which is removed.
    support: full
  diff_mode:
    description: Shows each file that differs, and the spec.
    support: full
  platform:
    description: Linux hosts whose boot loader hostcfg knows.
    support: full
    platforms: linux
"""

EXAMPLES = r"""
- name: Boot with these options from the next boot on
  hostcfg.hostcfg.hostcfg:
    spec:
      apiVersion: hostcfg/v1
      kernelOptions:
        present: [iommu=pt]
  become: true

- name: The same from a file beside the playbook
  hostcfg.hostcfg.hostcfg:
    spec: "{{ lookup('ansible.builtin.file', inventory_hostname + '.yaml') }}"
  become: true

- name: Fail unless this boot is as the file on the host says
  hostcfg.hostcfg.hostcfg:
    state: verified
  become: true
"""

RETURN = r"""
reboot_needed:
  description: What is declared takes effect at the next boot.
  returned: success
  type: bool
plan:
  description: The plan, as C(hostcfg plan --json) has it (C(schemas/plan-v1.json) of hostcfg).
  returned: where there is one
  type: dict
requirements:
  description: What the spec asks for and no single step brings about, each with its status and its reason.
  returned: where there is a plan
  type: list
  elements: dict
outcome:
  description: How the apply ended, as C(hostcfg apply --json) has it.
  returned: where it came to an apply
  type: dict
verification:
  description: What C(hostcfg verify --json) says of this boot.
  returned: for O(state=verified)
  type: dict
"""

import json
import os
import shutil
import tempfile

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.common.text.converters import to_bytes, to_text

# What hostcfg answers by, of its JSON documents.
FORMAT = "1."
LOOKS = {"applied": ["plan"], "tried": ["try", "--plan-only"], "verified": ["verify"]}
DOES = {
    "applied": ["apply", "--auto-approve"],
    "tried": ["try", "--when-satisfied", "--auto-approve"],
}


class Spec:
    """The spec's file on the host, and what shall stand there."""

    def __init__(self, path, wanted):
        self.path = path
        self.folder = os.path.dirname(path)
        self.before = None
        if os.path.isfile(path):
            with open(path, "rb") as stream:
                self.before = stream.read()
        self.text = self.before if wanted is None else to_bytes(text_of(wanted))
        self.differs = self.text != self.before
        self.written = False
        # Where a spec that does not stand at its path yet is looked at.
        self.draft = None

    def look_at(self):
        """The path of a file with the text. What stands beside each folder of the spec stands beside its draft too."""
        if not self.differs:
            return self.path
        # Of root's alone, and in no file system that outlives this boot.
        self.draft = tempfile.mkdtemp(prefix="hostcfg-", dir="/run")
        folder = "/"
        for name in self.path.split("/")[1:]:
            for beside in os.listdir(folder) if os.path.isdir(folder) else []:
                if beside != name:
                    os.symlink(os.path.join(folder, beside), self.draft + os.path.join(folder, beside))
            folder = os.path.join(folder, name)
            if folder != self.path:
                os.mkdir(self.draft + folder)
        with open(self.draft + self.path, "wb") as stream:
            stream.write(self.text)
        return self.draft + self.path

    def forget_draft(self):
        if self.draft is not None:
            shutil.rmtree(self.draft, ignore_errors=True)

    def write(self, module):
        if not os.path.isdir(self.folder):
            os.makedirs(self.folder, 0o755)
        handle, written = tempfile.mkstemp(prefix=".hostcfg-", dir=self.folder)
        with os.fdopen(handle, "wb") as stream:
            stream.write(self.text)
        module.atomic_move(written, self.path)
        if self.before is None:
            module.set_mode_if_different(self.path, "0600", False)
        self.written = True


def text_of(spec):
    """A spec may be written as JSON, which has one spelling for each value; YAML has many."""
    if isinstance(spec, dict):
        return json.dumps(spec, indent=2) + "\n"
    text = to_text(spec)
    return text if text.endswith("\n") else text + "\n"


def rendered(diagnostic):
    source = diagnostic.get("source")
    place = "%(file)s:%(line)s:%(column)s: " % source if source else ""
    lines = ["%s%s[%s]: %s" % (place, diagnostic["severity"], diagnostic["code"], diagnostic["summary"])]
    lines += ["  " + source["text"]] if source else []
    lines += ["  " + diagnostic["detail"]] if diagnostic.get("detail") else []
    lines += ["  hint: " + diagnostic["hint"]] if diagnostic.get("hint") else []
    return "\n".join(lines)


def diagnostics_of(document, severity):
    found = document.get("diagnostics", []) + document.get("plan", {}).get("diagnostics", [])
    return [rendered(one) for one in found if one["severity"] == severity]


class Hostcfg:
    """hostcfg on this host."""

    def __init__(self, module, spec):
        self.module = module
        self.spec = spec
        name = module.params["executable"]
        self.program = module.get_bin_path(name, opt_dirs=["/usr/local/bin"])
        if self.program is None:
            module.fail_json(
                msg="%s is not on this host: install hostcfg's Debian package or its executable; the role "
                "hostcfg.hostcfg.hostcfg does that by hostcfg_deb or hostcfg_executable" % name
            )

    def version(self):
        code, out, err = self.module.run_command([self.program, "--version"])
        return out.strip() if code == 0 else "of an unknown version"

    def ask(self, words, path):
        """Runs a command on the spec. Returns its exit code, its document, and what it told on stderr."""
        argv = [self.program] + words + ["--json", "--no-color", path]
        code, out, err = self.module.run_command(argv)
        if self.spec.draft is not None:
            out = out.replace(self.spec.draft, "")
            err = err.replace(self.spec.draft, "")
        try:
            document = json.loads(out)
            known = document["formatVersion"].startswith(FORMAT)
        except (ValueError, TypeError, KeyError, AttributeError):
            self.module.fail_json(
                msg="hostcfg %s gave no answer that this module reads (exit %s): %s"
                % (" ".join(words), code, (err or out).strip())
            )
        error = document.get("error", {}).get("code")
        if not known or error in ("unknown-command", "unknown-option"):
            self.module.fail_json(
                msg="hostcfg %s on this host (%s) is of another time than this module: install the hostcfg that "
                "this collection came with" % (self.version(), self.program)
            )
        return code, document, err

    def must(self, words, path):
        code, document, err = self.ask(words, path)
        plan = document.get("plan", document)
        if "error" in document or not plan.get("applyable"):
            self.fail(document, err)
        return code, document, plan, err

    def fail(self, document, err):
        """Fails with all that hostcfg says of it: each mistake with its line and its remedy."""
        told = diagnostics_of(document, "error")
        error = document.get("error")
        if error:
            told.append("error: " + error["message"])
            if error.get("hint"):
                told.append("hint: " + error["hint"])
        if err.strip():
            told.append(err.strip())
        outcome = document.get("outcome", {})
        result = dict(outcome=outcome) if outcome else {}
        self.module.fail_json(msg="\n".join(told), changed=self.spec.written or "journal" in outcome, **result)


def file_diffs(spec, plan):
    """As Ansible shows them: the spec first, then each file in the order of the steps."""
    diffs = [(spec.path, spec.before, spec.text)] if spec.differs else []
    diffs += [
        (step["path"], step.get("before"), step["content"]) for step in plan["steps"] if step["kind"] == "writeFile"
    ]
    return [
        dict(
            before_header=path if before is not None else "/dev/null",
            after_header=path,
            before=to_text(before or "", errors="replace"),
            after=to_text(after, errors="replace"),
        )
        for path, before, after in diffs
    ]


def results(module, spec, plan):
    result = dict(
        changed=spec.differs or len(plan["steps"]) > 0,
        reboot_needed=plan["rebootNeeded"],
        requirements=plan["requirements"],
        plan=plan,
    )
    if module._diff:
        result["diff"] = file_diffs(spec, plan)
    return result


def verify(module, hostcfg, path):
    dummy, document, err = hostcfg.ask(LOOKS["verified"], path)
    if "status" not in document:
        hostcfg.fail(document, err)
    status = document["status"]
    result = dict(changed=False, reboot_needed=status == "pending", verification=document)
    if status != "satisfied":
        open_findings = [one for one in document["findings"] if one["status"] != "satisfied"]
        told = ["%(address)s is %(status)s: %(reason)s" % one for one in open_findings]
        told += diagnostics_of(document, "error")
        module.fail_json(msg="this boot is not as the spec says (%s):\n%s" % (status, "\n".join(told)), **result)
    module.exit_json(**result)


def apply(module, hostcfg, spec):
    state = module.params["state"]
    dummy, document, plan, dummy = hostcfg.must(LOOKS[state], spec.look_at())
    if not module.check_mode:
        # What is refused never gets to where the next boot looks for the spec.
        if spec.differs:
            spec.write(module)
        code, document, plan, err = hostcfg.must(DOES[state], spec.path)
        if code != 0:
            hostcfg.fail(document, err)
    result = results(module, spec, plan)
    for warning in diagnostics_of(document, "warning"):
        module.warn(warning)
    if "outcome" in document:
        result["outcome"] = document["outcome"]
        if "doubt" in document["outcome"]:
            module.warn("before you reboot: %s; hostcfg check tells what of it is known" % document["outcome"]["doubt"])
    # The lock is hostcfg's record of which cards the spec means.
    if document.get("lock", {}).get("written"):
        result["changed"] = True
    module.exit_json(**result)


def main():
    module = AnsibleModule(
        argument_spec=dict(
            spec=dict(type="raw"),
            path=dict(type="path", default="/etc/hostcfg/host.yaml"),
            state=dict(type="str", choices=["applied", "tried", "verified"], default="applied"),
            executable=dict(type="str", default="hostcfg"),
        ),
        supports_check_mode=True,
    )
    path = module.params["path"]
    if not os.path.isabs(path):
        module.fail_json(msg="path is the place of the spec on the host, from / on; not %s" % path)
    if os.geteuid() != 0:
        module.fail_json(msg="hostcfg changes what the host boots, and reads what only root may read: give the task 'become: true'")
    wanted = module.params["spec"]
    spec = Spec(os.path.normpath(path), wanted if wanted not in ("", {}) else None)
    hostcfg = Hostcfg(module, spec)
    try:
        if module.params["state"] == "verified":
            verify(module, hostcfg, spec.look_at())
        else:
            apply(module, hostcfg, spec)
    finally:
        spec.forget_draft()


if __name__ == "__main__":
    main()
