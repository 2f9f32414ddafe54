import type { BootEntryCheck, Bootability, DoctorFinding, HostState } from "../model/index.ts";

/** Which loader hostcfg drives here, and what shows that. */
export function loader({ bootLoader }: HostState): DoctorFinding {
  const subject = "loader";
  const { detected, candidates, refused, evidence } = bootLoader;
  const because = evidence.length === 0 ? {} : { evidence };
  if (detected.known)
    return { subject, verdict: "pass", says: `hostcfg drives ${detected.value}`, ...because };
  if (candidates !== undefined)
    return {
      subject,
      verdict: "unknown",
      says: detected.why,
      ...because,
      remedy: `say in the spec which it is: ${candidates.map((name) => `bootLoader: ${name}`).join(" or ")}`,
    };
  if (refused === undefined) return { subject, verdict: "unknown", says: detected.why, ...because };
  return {
    subject,
    verdict: "warn",
    says: detected.why,
    ...because,
    remedy: "hostcfg plan says what to do there by hand for what a spec declares",
  };
}

/** Whether what boots next is whole and has a way back, as `hostcfg check` says. */
export function nextBoot({ entry, fallback, verdict, problems }: Bootability): readonly DoctorFinding[] {
  const subject = "next-boot";
  const found = problems.map(({ severity, summary, hint }): DoctorFinding => ({
    subject,
    verdict:
      severity === "error" && verdict === "broken" ? "fail" : severity === "error" ? "unknown" : "warn",
    says: summary,
    ...(hint === undefined ? {} : { remedy: hint }),
  }));
  const isTold = found.some((one) => one.verdict !== "warn");
  if (!entry.known) return isTold ? found : [{ subject, verdict: "unknown", says: entry.why }, ...found];
  const { name, parts } = entry.value;
  if (verdict === "unknown")
    return [{ subject, verdict, says: `${name} boots next: ${unseen(parts)}` }, ...found];
  if (fallback.known && fallback.value.verdict === "unknown") {
    const says = `${fallback.value.name}, the entry to go back to: ${unseen(fallback.value.parts)}`;
    return [...found, { subject, verdict: "unknown", says }];
  }
  if (verdict === "broken" || found.length > 0) return found;
  const back = fallback.known ? `; to go back to: ${fallback.value.name}` : "";
  return [{ subject, verdict: "pass", says: `${name} boots next, and is whole${back}` }];
}

function unseen(parts: BootEntryCheck["parts"]): string {
  return parts.flatMap(({ verdict, reason }) => (verdict === "unknown" ? [reason] : [])).join("; ");
}
