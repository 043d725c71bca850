import { describe, expect, test } from "bun:test";
import { inventoryFiles, defaultFolder } from "../../src/providers/vmware/inventory.ts";
import { fileOf, formerChanges, nicsOf, portChanges, rewireBack } from "../../src/providers/vmware/nics.ts";
import { changeSettings, rawLines, readSettings, settingLine } from "../../src/providers/vmware/vmx.ts";
import type { Mac } from "../../src/model/names.ts";
import { recorded } from "./recorded.ts";

const bytes = (text: string) => Buffer.from(text, "utf8").toString("latin1");
const foreign = bytes(recorded("vmware/foreign.vmx"));
const networking = "VERSION=1,0\nadd_bridge_mapping eth1 2\nadd_bridge_mapping vmware0 200\n";
const mac = "00:50:56:12:34:56" as Mac;
const nics = (text: string) => nicsOf({ path: "/m/x.vmx", text }, networking);

describe("a .vmx is read", () => {
  const value = (text: string, key: string) => readSettings(text).get(key);

  test.each([
    ['a = "1"', "1"],
    ['  A\t=\t"1"  ', "1"],
    ["a=1", "1"],
    ['a = ""', ""],
    ['a = "one two"', "one two"],
    ['a = "|22x|22 |7C |7c|0A."', '"x" | |\n.'],
    ['a = "100|zz"', "100|zz"],
    ['a = "1"\na = "2"', "2"],
    ['a = "1"\r\nb = "2"\r\n', "1"],
  ])("%j", (text, expected) => {
    expect(value(text, "a")).toBe(expected);
  });

  test.each(["# a = 1", "a", '"a" = "1"', 'a = "1', "a = one two", "= 1"])("nothing of %j", (text) => {
    expect([...readSettings(text)]).toEqual([]);
  });

  test("in its own encoding; what is not of it is shown as it can be", () => {
    expect(value(bytes('.encoding = "UTF-8"\na = "Été"'), "a")).toBe("Été");
    expect(value('.encoding = "windows-1252"\na = "\xc9t\xe9 \x80"', "a")).toBe("Été €");
    expect(value('.encoding = "GBK"\na = "\xc4\xe3"', "a")).toBe("你");
    expect(value('.encoding = "UTF-8"\na = "\xc9t\xe9"', "a")).toBe("Été");
    expect(value('.encoding = "no-such"\na = "\xe9"', "a")).toBe("é");
  });

  test("what is written is read again", () => {
    for (const text of ['a "b" | c', "Été 你", "", "x\ny", "|22"]) {
      expect(value(settingLine("a", text), "a")).toBe(text);
    }
  });
});

describe("a .vmx is changed", () => {
  const changes = new Map<string, string | null>([
    ["ethernet2.vnet", "/dev/vmnet9"],
    ["new.key", "1"],
    ["memsize", null],
  ]);
  const crlf = foreign.replaceAll("\n", "\r\n");

  test.each([foreign, crlf, foreign.trimEnd(), crlf.trimEnd()])("and keeps every other byte (%#)", (text) => {
    const changed = changeSettings(text, changes);
    const end = text.includes("\r") ? "\r\n" : "\n";
    const last = text.endsWith("\n") ? end : "";
    const expected = text.replace('ETHERNET2.VNET = "vmnet2"', 'ethernet2.vnet = "/dev/vmnet9"');
    expect(changed).toBe(
      `${expected.replace(`memsize = "2048"${end}`, "")}${last === "" ? end : ""}new.key = "1"${last}`,
    );
    expect(changeSettings(changed, changes)).toBe(changed);
  });

  test("in every place where a key stands twice", () => {
    expect(changeSettings('a = "1"\nb = "2"\nA = "3"\n', new Map([["a", "9"]]))).toBe('a = "9"\nb = "2"\na = "9"\n');
  });

  test("lines are told as they stand", () => {
    const lines = rawLines('a = "1"\n  A="2"\nb = "3"\n', ["A", "c"]);
    expect([...lines]).toEqual([["a", 'a = "1"\n  A="2"']]);
  });
});

describe("NICs", () => {
  test("are those that are present, with what they are attached to", () => {
    expect(nics(foreign).map(({ number, mac: address, interface: on }) => [number, address as string, on])).toEqual([
      [1, "00:0c:29:aa:bb:cc", "vmnet8"],
      [3, "00:50:56:01:02:03", "eth1"],
      [4, null, null],
      [11, null, "vmnet1"],
    ]);
  });

  test("know their file and their lines", () => {
    const wiring = nics(foreign)[1]?.wiring ?? {};
    expect(fileOf(wiring)).toBe("/m/x.vmx");
    expect(wiring["ethernet2.vnet"]).toBe('ETHERNET2.VNET = "vmnet2"');
    expect(wiring["ethernet2.connectiontype"]).toBe('ethernet2.connectionType  =  "custom"');
  });

  test("on a port have its MAC and its switch", () => {
    const plugged = changeSettings(foreign, portChanges(1, { mac, own: null }, 200));
    expect(nics(plugged)[0]).toMatchObject({ number: 1, mac, interface: "vmware0" });
    expect(nics(plugged).slice(1)).toEqual(nics(foreign).slice(1));
  });

  test("on a port with their own MAC keep it as VMware made it", () => {
    const own = nics(foreign)[0]?.mac ?? mac;
    const plugged = changeSettings(foreign, portChanges(1, { mac: own, own }, 200));
    expect(nics(plugged)[0]).toMatchObject({ mac: own, interface: "vmware0" });
    expect(readSettings(plugged).get("ethernet0.addresstype")).toBe("generated");
    expect(rewireBack(plugged, 1, nics(foreign)[0]?.wiring ?? {})).toBe(foreign);
  });

  const twice = foreign.replace("memsize", 'ethernet0.connectionType = "bridged"\nmemsize');
  test.each([
    ["as Workstation writes it", foreign],
    ["CRLF", foreign.replaceAll("\n", "\r\n")],
    ["no final newline", foreign.trimEnd()],
    ["a key twice", twice],
    ["bytes that are no text", `${foreign}annotation = "\xff\xfe"\n`],
  ])("are given back byte for byte: %s", (_name, text) => {
    for (const { number, wiring } of nics(text)) {
      const plugged = changeSettings(text, portChanges(number, { mac, own: null }, 200));
      expect(plugged).not.toBe(text);
      expect(nics(plugged).find((nic) => nic.number === number)?.interface).toBe("vmware0");
      // As it comes back from the record of the plug.
      const former = JSON.parse(JSON.stringify(wiring)) as typeof wiring;
      expect(rewireBack(plugged, number, former)).toBe(text);
    }
  });

  test("are given back the address that VMware took out, and nothing of what else it wrote", () => {
    const former = nics(foreign)[0]?.wiring ?? {};
    const rewritten = changeSettings(
      changeSettings(foreign, portChanges(1, { mac, own: null }, 200)),
      new Map<string, string | null>([
        ["ethernet0.generatedAddress", null],
        ["ethernet0.pciSlotNumber", "192"],
        ["cleanShutdown", "TRUE"],
      ]),
    );
    const back = rewireBack(rewritten, 1, former);
    expect(nics(back)[0]).toMatchObject({ mac: "00:0c:29:aa:bb:cc", interface: "vmnet8" });
    expect(readSettings(back).get("ethernet0.pcislotnumber")).toBe("192");
    expect(readSettings(back).get("cleanshutdown")).toBe("TRUE");
    expect(readSettings(back).has("ethernet0.address")).toBe(false);
  });

  test("of a machine that runs are given back as values", () => {
    expect([...formerChanges(1, nics(foreign)[0]?.wiring ?? {})]).toEqual([
      ["ethernet0.connectiontype", "nat"],
      ["ethernet0.vnet", null],
      ["ethernet0.addresstype", "generated"],
      ["ethernet0.address", null],
    ]);
  });
});

describe("the library of Workstation", () => {
  test("lists machines, each once, and no folders", () => {
    expect(inventoryFiles(recorded("vmware/inventory.vmls"))).toEqual([
      "/home/teacher/vmware/Debian 12/Debian 12.vmx",
      "/srv/vms/a|b/a|b.vmx",
    ]);
    expect(inventoryFiles("")).toEqual([]);
    expect(inventoryFiles("\u0000\u0001 = [")).toEqual([]);
  });

  test("is in the folder that the user chose", () => {
    expect(defaultFolder('.encoding = "UTF-8"\nprefvmx.defaultVMPath = "/srv/v|7Cms"\n')).toBe("/srv/v|ms");
    expect(defaultFolder('prefvmx.defaultVMPath = "vms"\n')).toBeNull();
    expect(defaultFolder("")).toBeNull();
  });
});
