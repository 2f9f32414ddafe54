import { SYSTEMD_BOOT } from "../rig/cut-stories.ts";
import { tellCuts } from "../rig/tell-cuts.ts";

tellCuts(SYSTEMD_BOOT);
