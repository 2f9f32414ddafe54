import type { HostState, NextBoot, PciDevice } from "../../model/index.ts";
import type { DeviceSelector, HostSpec } from "../../spec/host-spec.gen.ts";

/** What a first spec is made from. */
export interface Found {
  readonly state: HostState;
  /** The links in /boot that are there, with their targets as written. */
  readonly links: Readonly<Record<string, string>>;
  /** What boots next, where that is known. */
  readonly boot: NextBoot | undefined;
  readonly cards: readonly Card[];
  /** Of the cards that a virtual machine is to get; undefined where none is. */
  readonly needs: Needs | undefined;
}

export interface Card {
  readonly name: string;
  readonly selector: DeviceSelector;
  readonly functions: readonly PciDevice[];
  readonly forVm: boolean;
}

/** What the devices of a virtual machine need besides being bound. */
export interface Needs {
  /** That switch the IOMMU on. */
  readonly present: readonly string[];
  readonly absent: readonly string[];
  readonly override?: string | undefined;
  /** What would keep them apart where something must be done for it, each with its risk; the least risk first. */
  readonly ways: readonly string[];
}

/** A part of a spec, as text. */
export interface Declared {
  /** Comments above it. */
  readonly about: readonly string[];
  /** Behind its key: on the same line, or the lines below it. */
  readonly value: string | readonly string[];
  /** Its key is a comment as well: there is nothing below it but comments. */
  readonly isComment?: boolean;
}

/** What a part of the spec would say of a host; undefined where that is nothing. */
export type Declare = (found: Found) => Declared | undefined;

/** The keys of a spec that say something of a host. */
export type SpecPart = Exclude<keyof HostSpec, "apiVersion">;
