import { ENGINE } from "../../src/cli/engine.ts";
import type { Capture } from "../../src/host/capture.ts";
import type { DoctorFinding, DoctorReport, DoctorSubject } from "../../src/model/index.ts";
import type { Ran, Session } from "../cli/fakes.ts";
import { runWith } from "../cli/fakes.ts";

export const doctor = (host: Capture, line = "", session: Session = {}): Promise<Ran> =>
  runWith(ENGINE, `doctor ${line}`, { host, ...session });

export async function reportOf(host: Capture, session: Session = {}): Promise<DoctorReport> {
  return JSON.parse((await doctor(host, "--json", session)).stdout) as DoctorReport;
}

export async function findingsOf(
  host: Capture,
  subject: DoctorSubject,
  session: Session = {},
): Promise<readonly DoctorFinding[]> {
  return (await reportOf(host, session)).findings.filter((one) => one.subject === subject);
}
