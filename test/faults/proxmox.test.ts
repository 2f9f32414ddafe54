import { PROXMOX } from "./support/stories.ts";
import { tellStories } from "./support/tell-stories.ts";

tellStories(PROXMOX);
