import { KERNEL_INSTALL } from "./support/stories.ts";
import { tellStories } from "./support/tell-stories.ts";

tellStories(KERNEL_INSTALL, 11);
