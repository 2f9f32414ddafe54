import { PROXMOX } from "./support/stories.ts";
import { tellStories } from "./support/tell-stories.ts";

// Three hosts, whose ESPs are read and written as a whole: a third of their calls takes as long as all of another loader.
tellStories(PROXMOX, 3);
