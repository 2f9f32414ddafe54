import { GRUB } from "../rig/cut-stories.ts";
import { tellCuts } from "../rig/tell-cuts.ts";

tellCuts(GRUB);
