import { VFIO } from "./support/stories.ts";
import { tellStories } from "./support/tell-stories.ts";

tellStories(VFIO, 11);
