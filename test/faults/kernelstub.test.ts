import { KERNELSTUB } from "./support/stories.ts";
import { tellStories } from "./support/tell-stories.ts";

tellStories(KERNELSTUB, 11);
