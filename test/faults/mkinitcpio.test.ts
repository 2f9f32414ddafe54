import { MKINITCPIO } from "./support/stories.ts";
import { tellStories } from "./support/tell-stories.ts";

tellStories(MKINITCPIO, 41);
