import { DRACUT } from "./support/stories.ts";
import { tellStories } from "./support/tell-stories.ts";

tellStories(DRACUT, 11);
