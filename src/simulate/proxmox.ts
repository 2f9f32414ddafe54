import { known } from "../facts/fact.ts";
import type { ForeseenState } from "./foreseen-state.ts";
import { withLoader, withTextFile } from "./foreseen-state.ts";
import { REFRESHED } from "../boot/proxmox/probe.ts";

/**
 * After kernels or initrds of /boot changed: the hooks of proxmox-boot-tool refresh its ESPs. Without them nothing shows
 * any more that these hold what /boot has.
 */
export function afterProxmoxHooks(foreseen: ForeseenState): ForeseenState {
  const { proxmox } = foreseen.state.bootLoader;
  if (proxmox?.files.known !== true || proxmox.hook) return foreseen;
  const { refreshed } = proxmox.files.value;
  const [stale] = withTextFile(refreshed === undefined ? [] : [refreshed], REFRESHED, "");
  const files = known({ ...proxmox.files.value, ...(stale === undefined ? {} : { refreshed: stale }) });
  return withLoader(foreseen, { proxmox: { ...proxmox, files } });
}
