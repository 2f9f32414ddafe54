import { ARCH, ARCH_OWN_LINE, ARCH_REPLACED } from "./support/stories.ts";
import { tellStories } from "./support/tell-stories.ts";

tellStories(ARCH, 11);
tellStories(ARCH_OWN_LINE, 29);
tellStories(ARCH_REPLACED, 13);
