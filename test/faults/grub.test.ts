import { GRUB } from "./support/stories.ts";
import { tellStories } from "./support/tell-stories.ts";

tellStories(GRUB);
