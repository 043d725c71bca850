import { TarrError } from "../error.ts";
import { firstNetwork, printable } from "../model/names.ts";
import type { SettingKey } from "../model/network.ts";
import type { Context, Run } from "./command.ts";
import { optionTwice } from "./parse.ts";

/** What an option of the prototype asks for, in the order of typing. */
type Wish =
  | { readonly kind: "set"; readonly key: SettingKey; readonly value: string }
  | { readonly kind: "list" | "check" | "start" | "stop" | "reload" };

const setters: Readonly<Record<string, SettingKey>> = {
  "-ip": "address",
  "--ip": "address",
  "-p": "range",
  "--plage": "range",
  "-n": "max",
  "--nombre": "max",
};

const actions: Readonly<Record<string, Exclude<Wish["kind"], "set">>> = {
  "-l": "list",
  "--liste": "list",
  "--list": "list",
  "-c": "check",
  "--check": "check",
  "-st": "start",
  "--start": "start",
  "-sp": "stop",
  "--stop": "stop",
  "-r": "reload",
  "--reload": "reload",
};

/** Whether this was typed for the prototype: its words begin with an option that it had. */
export function isPrototype(typed: readonly string[]): boolean {
  const first = typed.find((word) => word !== "--json")?.split("=")[0] ?? "";
  return Object.hasOwn(setters, first) || Object.hasOwn(actions, first);
}

/** @throws TarrError `usage-unknown-option`, `usage-missing-value`, `usage-option-twice` */
export function parsePrototype(typed: readonly string[]): readonly Wish[] {
  const wishes: Wish[] = [];
  const left = typed.filter((word) => word !== "--json");
  for (let word = left.shift(); word !== undefined; word = left.shift()) {
    const [option = "", ...behind] = word.split("=");
    const key = Object.hasOwn(setters, option) ? setters[option] : undefined;
    const action = Object.hasOwn(actions, word) ? actions[word] : undefined;
    if (key !== undefined) {
      const value = behind.length > 0 ? behind.join("=") : left.shift();
      if (value === undefined || value === "") throw new TarrError("usage-missing-value", { option, command: "" });
      const before = wishes.find((wish) => wish.kind === "set" && wish.key === key);
      if (before?.kind === "set") throw optionTwice(option, before.value, value);
      wishes.push({ kind: "set", key, value });
    } else if (action !== undefined) {
      wishes.push({ kind: action });
    } else {
      throw new TarrError("usage-unknown-option", { value: printable(word), command: "" });
    }
  }
  return wishes;
}

/**
 * As in the prototype, `-ip`, `-p` and `-n` change what is written and `-r` puts it into force. Settings that are typed
 * together are one change: an address and a range that only fit each other are both taken.
 */
export async function runPrototype(wishes: readonly Wish[], context: Context): Promise<number> {
  const settings = wishes.flatMap((wish) => (wish.kind === "set" ? [{ key: wish.key, value: wish.value }] : []));
  if (settings.length > 0) {
    const reply = await context.call("SetNetwork", { network: firstNetwork, settings, apply: false, dryRun: false });
    for (const { key, value } of settings) context.note(context.say("written", { key, value }));
    if (reply.pending) context.note(context.say("pending-hint", {}));
  }
  for (const wish of wishes) {
    if (wish.kind === "set") continue;
    const status = await (await action(wish.kind))(context);
    if (status !== 0) return status;
  }
  return 0;
}

async function action(kind: Exclude<Wish["kind"], "set">): Promise<Run> {
  if (kind === "list") return (await import("./commands/status.ts")).status;
  if (kind === "check") return (await import("./commands/doctor.ts")).doctor;
  const network = await import("./commands/network.ts");
  return { start: network.start, stop: network.stop, reload: network.reload }[kind];
}
