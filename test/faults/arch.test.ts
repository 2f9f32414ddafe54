import { ARCH, ARCH_OWN_LINE } from "./support/stories.ts";
import { tellStories } from "./support/tell-stories.ts";

tellStories(ARCH, 11);
tellStories(ARCH_OWN_LINE, 29);
