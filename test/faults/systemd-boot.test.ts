import { SYSTEMD_BOOT } from "./support/stories.ts";
import { tellStories } from "./support/tell-stories.ts";

tellStories(SYSTEMD_BOOT);
