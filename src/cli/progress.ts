import type { Step } from "../model.ts";
import type { ApplyEvent } from "../plan/events.ts";
import type { Io } from "./io.ts";
import type { Style } from "./style.ts";
import { text, written } from "./terminal-text.ts";
import { renderEvent, renderRunning } from "./views/progress.ts";

/** To the start of the line, and erase it (ECMA-48 CR and EL). */
const REDRAW = "\r\u001b[K";

/** Shows on stderr how an apply goes; on a terminal the step that runs counts its seconds. */
export class Progress {
  readonly #io: Io;
  readonly #style: Style;
  readonly #root: string;
  #steps = 0;
  #ticking: NodeJS.Timeout | undefined;

  /** @param root Of the host that is applied to, on this machine. */
  constructor(io: Io, style: Style, root = "/") {
    this.#io = io;
    this.#style = style;
    this.#root = root;
    io.interrupted.addEventListener("abort", () => {
      this.#erase();
      io.stderr(written([style.yellow(text`Stopping after this step: what runs now is not cut.`)]));
    });
  }

  observe(event: ApplyEvent): void {
    if (event.kind === "apply-started") this.#steps = event.steps;
    this.#stopTicking();
    this.#io.stderr(renderEvent(event, this.#steps, this.#style, this.#root));
    if (event.kind === "step-started") this.#startTicking(event.step);
  }

  #startTicking(step: Step): void {
    if (!this.#redraws()) return;
    const started = this.#io.now().getTime();
    const draw = (): void => {
      const seconds = Math.floor((this.#io.now().getTime() - started) / 1000);
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
