import { describe, expect, test } from "bun:test";
import { failed, problemOf, withKvm } from "../../src/providers/vmware/problems.ts";
import { vmwareWords } from "../../src/providers/vmware/words.ts";
import { recorded } from "./recorded.ts";

const sentences = JSON.parse(recorded("vmware/problems.json")) as [string, string][];

test.each(sentences)("%j is “%s”", (said, problem) => {
  expect(problemOf(said).problem as string).toBe(problem);
});

describe("what failed", () => {
  test("is told by the log when vmrun does not know; by its dialogs alone", () => {
    const log = recorded("vmware/vmware.log");
    expect(problemOf("Error: The operation was canceled", log)).toEqual({
      problem: "modules",
      said: "Could not open /dev/vmmon: No such file or directory",
    });
    const calm = log.replaceAll(/^.*\[msg\..*$/gm, "");
    expect(problemOf("Error: The operation was canceled", calm)).toEqual({
      problem: "canceled",
      said: "The operation was canceled",
    });
  });

  test("of old logs too", () => {
    const log =
      "Apr 26 18:39:44: vmx| POST(no connection): Version mismatch with vmmon module: expecting 138.0, got 137.0.";
    expect(problemOf("Error: The operation was canceled", log).problem).toBe("modules-old");
  });

  test("for want of virtualization is KVM's doing when that is loaded", () => {
    const found = problemOf("", "x| [msg.hv.vtx] This host supports Intel VT-x, but Intel VT-x is in use.");
    expect(withKvm(found, false).problem).toBe("no-virtualization");
    expect(withKvm(found, true).problem).toBe("kvm");
    expect(withKvm(problemOf("Error: Unknown error"), true).problem).toBe("unknown");
  });
});

test("vmrun failed when it says so, whatever its exit status", () => {
  const result = { code: 0, stdout: "", stderr: "" };
  expect(failed(result)).toBe(false);
  expect(failed({ ...result, stdout: "Total running VMs: 1\n/Error: x.vmx\n" })).toBe(false);
  expect(failed({ ...result, code: 255 })).toBe(true);
  expect(failed({ ...result, stdout: "Error: A file was not found\n" })).toBe(true);
  expect(failed({ ...result, stderr: "Unable to connect to host.\n" })).toBe(true);
});

describe("words", () => {
  const holes = (text: string) => [...text.matchAll(/\{(\w+)\}/g)].map((found) => found[1]).sort();

  test("are there for every problem of vmrun", () => {
    const problems = [...sentences.map(([, problem]) => problem), "kvm"];
    expect(problems.filter((problem) => vmwareWords[problem] === undefined)).toEqual([]);
  });

  test.each(Object.entries(vmwareWords))("of “%s” have the same holes in both languages", (_problem, { en, fr }) => {
    expect([...new Set(holes(fr.message + fr.hint))]).toEqual([...new Set(holes(en.message + en.hint))]);
    for (const text of [en.message, en.hint, fr.message, fr.hint]) {
      expect(text.trim()).toBe(text);
      expect(text).not.toBe("");
    }
    expect([...holes(en.message + en.hint)].filter((hole) => !known.has(hole ?? ""))).toEqual([]);
  });

  const known = new Set(["name", "vmx", "said", "headers", "switch", "device", "image", "nic", "packages"]);
});
