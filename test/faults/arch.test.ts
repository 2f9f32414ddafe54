import { ARCH } from "./support/stories.ts";
import { tellStories } from "./support/tell-stories.ts";

tellStories(ARCH, 11);
