import { known } from "../facts/fact.ts";
import type { World } from "./world.ts";
import { withLoader, withTextFile } from "./world.ts";
import { REFRESHED } from "../boot/proxmox/probe.ts";

/**
 * After kernels or initrds of /boot changed: the hooks of proxmox-boot-tool refresh its ESPs. Without them nothing shows
 * any more that these hold what /boot has.
 */
export function afterProxmoxHooks(world: World): World {
  const { proxmox } = world.state.bootLoader;
  if (proxmox?.files.known !== true || proxmox.hook) return world;
  const { refreshed } = proxmox.files.value;
  const [stale] = withTextFile(refreshed === undefined ? [] : [refreshed], REFRESHED, "");
  const files = known({ ...proxmox.files.value, ...(stale === undefined ? {} : { refreshed: stale }) });
  return withLoader(world, { proxmox: { ...proxmox, files } });
}
