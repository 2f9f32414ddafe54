import { spawn } from "node:child_process";
import fs from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Readable, Writable } from "node:stream";

/** What Chromium tells by itself: a page has loaded, something was requested, something was refused. */
export interface BrowserEvent {
  readonly method: string;
  readonly params: Readonly<Record<string, unknown>>;
}

/** One tab of a Chromium without a window, driven over its own pipe. */
export interface Browser {
  call(method: string, params?: object): Promise<Readonly<Record<string, unknown>>>;
  /** Of the page, as JSON. The policy of the page does not concern what is asked from here. */
  evaluate<T>(expression: string): Promise<T>;
  /** Loads a file and answers what happened meanwhile. */
  open(path: string): Promise<readonly BrowserEvent[]>;
  close(): void;
}

export async function startBrowser(): Promise<Browser> {
  const profile = fs.mkdtempSync(join(tmpdir(), "hostcfg-chromium-"));
  const flags = ["--headless=new", "--no-sandbox", "--disable-gpu", "--remote-debugging-pipe"];
  const child = spawn("chromium", [...flags, `--user-data-dir=${profile}`, "about:blank"], {
    stdio: ["ignore", "ignore", "ignore", "pipe", "pipe"],
  });
  const failed = new Promise<never>((_resolve, reject) => {
    child.once("error", reject);
    child.once("exit", () => {
      reject(new Error("chromium has ended"));
    });
  });
  failed.catch(() => undefined);
  const [toBrowser, fromBrowser] = [child.stdio[3] as Writable, child.stdio[4] as Readable];
  const waiting = new Map<number, (result: Readonly<Record<string, unknown>>) => void>();
  const events: BrowserEvent[] = [];
  let rest = "";
  toBrowser.on("error", () => undefined);
  fromBrowser.setEncoding("utf8").on("data", (chunk: string) => {
    const messages = (rest + chunk).split("\0");
    rest = messages.pop() ?? "";
    for (const text of messages) {
      const message = JSON.parse(text) as BrowserEvent & { id?: number; result?: object; error?: object };
      if (message.id === undefined) events.push(message);
      else waiting.get(message.id)?.({ ...message.result, ...(message.error && { error: message.error }) });
    }
  });
  let count = 0;
  const send = (method: string, params: object, session?: string) => {
    const id = ++count;
    const answer = new Promise<Readonly<Record<string, unknown>>>((resolve) => waiting.set(id, resolve));
    toBrowser.write(`${JSON.stringify({ id, method, params, ...(session && { sessionId: session }) })}\0`);
    return Promise.race([answer, failed]);
  };
  const { targetId } = await send("Target.createTarget", { url: "about:blank" });
  const { sessionId } = await send("Target.attachToTarget", { targetId, flatten: true });
  const call = async (method: string, params: object = {}) => {
    const answer = await send(method, params, sessionId as string);
    if ("error" in answer) throw new Error(`${method}: ${JSON.stringify(answer["error"])}`);
    return answer;
  };
  for (const domain of ["Page", "Network", "Log", "Runtime"]) await call(`${domain}.enable`);
  return {
    call,
    async evaluate<T>(expression: string) {
      const answer = await call("Runtime.evaluate", { expression, returnByValue: true });
      if ("exceptionDetails" in answer) throw new Error(JSON.stringify(answer["exceptionDetails"]));
      return (answer["result"] as { value: T }).value;
    },
    async open(path) {
      events.length = 0;
      await call("Page.navigate", { url: `file://${path}` });
      while (!events.some(({ method }) => method === "Page.loadEventFired"))
        await new Promise((resolve) => setTimeout(resolve, 20));
      return [...events];
    },
    close() {
      child.once("exit", () => {
        fs.rmSync(profile, { recursive: true, force: true, maxRetries: 5 });
      });
      child.kill();
    },
  };
}
