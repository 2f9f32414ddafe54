import { PROXMOX } from "./support/stories.ts";
import { tellStories } from "./support/tell-stories.ts";

// Three hosts, whose ESPs are read and written as a whole: each call takes twice as long as on another loader.
tellStories(PROXMOX, 13);
