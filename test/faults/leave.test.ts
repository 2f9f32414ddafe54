import { LEAVE } from "./support/stories.ts";
import { tellStories } from "./support/tell-stories.ts";

tellStories(LEAVE);
