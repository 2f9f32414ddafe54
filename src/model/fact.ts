/** A fact that cannot be had says why. What follows from it is unknown: never null, never guessed. */
export type Fact<T> = Known<T> | Unknown;

export interface Known<T> {
  readonly known: true;
  readonly value: T;
}

export interface Unknown {
  readonly known: false;
  /** One clause for a person, e.g. "reading /boot/efi/loader/loader.conf needs root". */
  readonly why: string;
}
