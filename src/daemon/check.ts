import type { WireCheck } from "../api/types.ts";

/** One line of the doctor: its sentence is `check-ID`, or `check-ID-bad` with `check-ID-hint`. */
export function verdict(id: string, good: boolean, values: Record<string, string>): WireCheck {
  return { id, status: good ? "pass" : "fail", values };
}

export function pass(id: string, values: Record<string, string>): WireCheck {
  return { id, status: "pass", values };
}

export function warn(id: string, values: Record<string, string>): WireCheck {
  return { id, status: "warn", values };
}

export function fail(id: string, values: Record<string, string>): WireCheck {
  return { id, status: "fail", values };
}
