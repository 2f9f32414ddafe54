import { LEAVE } from "./support/stories.ts";
import { tellStories } from "./support/tell-stories.ts";

// An apply and an undo as any other, whose calls the other stories have cut.
tellStories(LEAVE, 17);
