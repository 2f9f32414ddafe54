import type { Step } from "../model/index.ts";
import type { ApplyEvent } from "../apply/events.ts";
import type { Io } from "./io.ts";
import type { Style } from "./style.ts";
import { text, written } from "./terminal-text.ts";
import { renderEvent, renderRunning, renderWaited, renderWaiting } from "./views/progress.ts";

/** To the start of the line, and erase it (ECMA-48 CR and EL). */
const REDRAW = "\r\u001b[K";
/** Where nothing is redrawn, in a log for example, a wait leaves a line that often. */
const SECONDS_BETWEEN_LINES = 30;

/** Shows on stderr how an apply goes; on a terminal the step that runs counts its seconds. */
export class Progress {
  readonly #io: Io;
  readonly #style: Style;
  readonly #root: string;
  #steps = 0;
  #running: { readonly step: Step; readonly since: number } | undefined;
  #ticking: NodeJS.Timeout | undefined;
  /** When the next line about a wait is due, in seconds of it. */
  #nextLine = 0;

  /** @param root Of the host that is applied to, on this machine. */
  constructor(io: Io, style: Style, root = "/") {
    this.#io = io;
    this.#style = style;
    this.#root = root;
    io.onInterrupt((times) => {
      this.#erase();
      io.stderr(written([style.yellow(text`${this.#stopping(times)}`)], style));
    });
  }

  observe(event: ApplyEvent): void {
    if (event.kind === "apply-started") this.#steps = event.steps;
    if (event.kind === "waiting") {
      this.#showWaiting(event);
      return;
    }
    this.#stopTicking();
    if (event.kind === "waited") {
      this.#erase();
      this.#nextLine = 0;
      this.#io.stderr(renderWaited(event, this.#style));
      return;
    }
    this.#running = undefined;
    this.#io.stderr(renderEvent(event, this.#steps, this.#style, this.#root));
    if (event.kind === "step-started") this.#startTicking(event.step);
  }

  /** A further signal changes nothing: what would have to be cut is dpkg or a copy of a kernel. */
  #stopping(times: number): string {
    if (this.#running === undefined) return "Stopping.";
    if (times === 1) return "Stopping after this step: what runs now is not cut.";
    const { step, since } = this.#running;
    const seconds = Math.floor(this.#io.timing.seconds() - since);
    return `Still finishing this step, which is not cut: ${step.title} (${seconds} s so far).`;
  }

  #showWaiting(event: Extract<ApplyEvent, { kind: "waiting" }>): void {
    if (this.#redraws()) {
      this.#io.stderr(REDRAW + renderWaiting(event, this.#io.stderrColumns ?? 80));
      return;
    }
    if (event.seconds < this.#nextLine) return;
    this.#nextLine = event.seconds + SECONDS_BETWEEN_LINES;
    this.#io.stderr(`${renderWaiting(event)}\n`);
  }

  #startTicking(step: Step): void {
    const since = this.#io.timing.seconds();
    this.#running = { step, since };
    if (!this.#redraws()) return;
    const draw = (): void => {
      const seconds = Math.floor(this.#io.timing.seconds() - since);
      const line = renderRunning(step, this.#steps, seconds, this.#io.stderrColumns ?? 80);
      this.#io.stderr(REDRAW + line);
    };
    draw();
    this.#ticking = setInterval(draw, 1000).unref();
  }

  #stopTicking(): void {
    if (this.#ticking === undefined) return;
    clearInterval(this.#ticking);
    this.#ticking = undefined;
    this.#erase();
  }

  #erase(): void {
    if (this.#redraws()) this.#io.stderr(REDRAW);
  }

  #redraws(): boolean {
    return this.#io.stderrIsTerminal && this.#io.env["TERM"] !== "dumb";
  }
}
