import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestProject } from "vitest/node";
import { CACHE, baseRoot } from "./base.ts";
import { missingRequirements } from "./requirements.ts";
import { makeStory } from "./story.ts";

declare module "vitest" {
  interface ProvidedContext {
    /** Folder of this run, removed after it: the note's host's disks, and below it the machines'. */
    folder: string;
  }
}

/** Runs once, before all system tests. */
export default async function setup(project: TestProject): Promise<() => void> {
  const missing = missingRequirements();
  if (missing.length > 0) {
    console.error(`The system tests cannot run here. They need ${missing.join(", ")}.`);
    process.exit(1);
  }
  const base = await baseRoot(CACHE);
  const folder = mkdtempSync(join(tmpdir(), "hostcfg-system-"));
  const remove = (): void => {
    rmSync(folder, { recursive: true });
  };
  try {
    await makeStory(base, folder);
  } catch (error) {
    remove();
    throw error;
  }
  project.provide("folder", folder);
  return remove;
}
