import { neighbourQuery, pingQuery, unitQuery } from "../../src/host/queries.ts";
import type { QueryAnswer } from "../../src/host/reader.ts";

/** What systemctl 252, iputils 20221126 and iproute2 6.1 answered, the former in a service manager of its own. */
export const UNITS = {
  running: "LoadState=loaded\nActiveState=active\nSubState=running\nJob=\n",
  failed: "LoadState=loaded\nActiveState=failed\nSubState=failed\nJob=\n",
  starting: "LoadState=loaded\nActiveState=activating\nSubState=start\nJob=61\n",
  again: "LoadState=loaded\nActiveState=activating\nSubState=auto-restart\nJob=\n",
  stopped: "LoadState=loaded\nActiveState=inactive\nSubState=dead\nJob=\n",
  queued: "LoadState=loaded\nActiveState=inactive\nSubState=dead\nJob=76\n",
  masked: "LoadState=masked\nActiveState=inactive\nSubState=dead\nJob=\n",
  missing: "LoadState=not-found\nActiveState=inactive\nSubState=dead\nJob=\n",
};

export const ANSWERED = `PING 192.0.2.1 (192.0.2.1) 56(84) bytes of data.
64 bytes from 192.0.2.1: icmp_seq=1 ttl=64 time=1.07 ms

--- 192.0.2.1 ping statistics ---
1 packets transmitted, 1 received, 0% packet loss, time 0ms
rtt min/avg/max/mdev = 1.071/1.071/1.071/0.000 ms
`;
export const SILENT = `PING 192.0.2.1 (192.0.2.1) 56(84) bytes of data.

--- 192.0.2.1 ping statistics ---
1 packets transmitted, 0 received, 100% packet loss, time 0ms

`;

export const said = (stdout: string, exitCode = 0): QueryAnswer => ({
  ran: true,
  exitCode,
  stdout,
  stderr: "",
});
export const failed = (exitCode: number, stderr: string): QueryAnswer => ({
  ran: true,
  exitCode,
  stdout: "",
  stderr,
});
export const missing = (program: string): QueryAnswer => ({ ran: false, why: `${program} is not installed` });

export const unit = (name: string, answer: QueryAnswer) => ({ argv: unitQuery(name), answer });
export const ping = (answer: QueryAnswer, address = "192.0.2.1") => ({ argv: pingQuery(address), answer });
export const neighbour = (answer: QueryAnswer, address = "192.0.2.1", name = "v0") => ({
  argv: neighbourQuery(address, name),
  answer,
});
