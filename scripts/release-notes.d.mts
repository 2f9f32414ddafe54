export function changesOf(version: string): readonly string[];
export function sectionOf(version: string): { readonly when: string | undefined; readonly text: string };
export function dated(changelog: string, current: string, next: string, day: string): string;
export function dateOf(): Date;
