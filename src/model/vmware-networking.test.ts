import { describe, expect, test } from "bun:test";
import { interfaceOfVmnet, isNetworkingFile, renderMappings, unmapped, vmnetOf } from "./vmware-networking.ts";

const bom = String.fromCharCode(0xef, 0xbb, 0xbf);

/** Lines as VMware Workstation 17 writes them, and as administrators add them. */
const typical = [
  "VERSION=1,0",
  "answer VNET_1_DHCP yes",
  "answer VNET_1_DHCP_CFG_HASH 4A4AE55F8580E079D81A16FCF6BBBD7CC5C4039B",
  "answer VNET_1_HOSTONLY_NETMASK 255.255.255.0",
  "answer VNET_1_HOSTONLY_SUBNET 192.0.2.0",
  "answer VNET_1_VIRTUAL_ADAPTER yes",
  "answer VNET_8_DHCP yes",
  "answer VNET_8_NAT yes",
  "answer VNET_8_VIRTUAL_ADAPTER yes",
  "answer VNL_DEFAULT_BRIDGE_VNET -1",
  "add_bridge_mapping eth0 0",
  "add_bridge_mapping eth1 2",
  "add_nat_portfwd 8 tcp 8080 198.51.100.5 80 the teacher's server",
  "add_dhcp_mac_to_ip 8 00:50:56:00:00:01 198.51.100.5",
  "add_nat_prefix 8 /24",
  "remove_nat_portfwd 8 udp 53",
  "",
].join("\n");

const ours = "add_bridge_mapping vmware0 200";

describe("a mapping", () => {
  test("is one more line at the end, and found again", () => {
    const text = renderMappings(typical, ["vswitch0"]);
    expect(text).toBe(`${typical}${ours}\n`);
    expect(vmnetOf(text, "vmware0")).toBe(200);
    expect(interfaceOfVmnet(text, 200)).toBe("vmware0");
    expect(interfaceOfVmnet(text, 2)).toBe("eth1");
    expect(interfaceOfVmnet(text, 9)).toBeNull();
  });

  test("is there already: nothing changes, whatever its number and form", () => {
    for (const line of [ours, "add_bridge_mapping\tvmware0   5 ", "ADD_BRIDGE_MAPPING vmware0 2"]) {
      const text = `${typical}${line}\nanswer VNET_200_NAT no\n`;
      expect(renderMappings(text, ["vswitch0"])).toBe(text);
    }
  });

  test("is there and undone by a later line: it is added again, and removing gives back what was there", () => {
    const text = `${typical}add_bridge_mapping vmware0 7\nremove_bridge_mapping vmware0\n`;
    expect(vmnetOf(text, "vmware0")).toBeNull();
    const added = renderMappings(text, ["vswitch0"]);
    expect(vmnetOf(added, "vmware0")).toBe(200);
    expect(renderMappings(added, [])).toBe(text);
  });

  test("of a switch that is no more is taken out; those of other interfaces stay", () => {
    const text = `${typical}${ours}\nadd_bridge_mapping vmware1 201\nadd_bridge_mapping br-vmware1 9\n`;
    expect(renderMappings(text, ["vswitch0"])).toBe(`${typical}${ours}\nadd_bridge_mapping br-vmware1 9\n`);
  });

  test("there twice is taken out twice", () => {
    expect(renderMappings(`${typical}${ours}\nadd_bridge_mapping vmware0 6\n`, [])).toBe(typical);
  });

  test("is made for switches of ours alone", () => {
    expect(renderMappings(typical, ["eth7", "vswitch0 3\nanswer", "vswitch"])).toBe(typical);
  });
});

describe("a mapping of 0.2.0, of the switch itself", () => {
  const old = (line: string, end = "\n") => renderMappings(`${typical}${line}${end}`, ["vswitch0", "vswitch1"]);
  const second = "add_bridge_mapping vmware1 201\n";

  test.each([
    ["add_bridge_mapping vswitch0 200", "add_bridge_mapping vmware0 200"],
    ["add_bridge_mapping\tvswitch0   5 ", "add_bridge_mapping\tvmware0   5 "],
    ["ADD_BRIDGE_MAPPING vswitch0 2", "ADD_BRIDGE_MAPPING vmware0 2"],
  ])("becomes one of its port, with its number: %j", (line, converted) => {
    expect(old(line)).toBe(`${typical}${converted}\n${second}`);
  });

  test("stays where it is, among lines of others", () => {
    const text = `VERSION=1,0\r\nadd_bridge_mapping vswitch0 9\r\nanswer VNET_8_NAT yes\r\n`;
    expect(renderMappings(text, ["vswitch0"])).toBe(text.replace("vswitch0", "vmware0"));
  });

  test("without a final newline, as 0.2.0 left it, gets one", () => {
    expect(old("add_bridge_mapping vswitch0 200", "")).toBe(`${typical}add_bridge_mapping vmware0 200\n${second}`);
  });

  test("there twice, or beside that of the port, is left once", () => {
    const twice = "add_bridge_mapping vswitch0 9\nadd_bridge_mapping vswitch0 200";
    expect(old(twice)).toBe(`${typical}add_bridge_mapping vmware0 200\n${second}`);
    expect(old(`${ours}\nadd_bridge_mapping vswitch0 9`)).toBe(`${typical}${ours}\n${second}`);
  });

  test("is taken out with the package, whether it was converted or not", () => {
    for (const end of ["", "\n"]) {
      const text = `${typical.trimEnd()}\nadd_bridge_mapping vswitch0 200${end}`;
      expect(renderMappings(text, [])).toBe(`${typical.trimEnd()}${end}`);
    }
  });
});

describe("our line ends with a newline, whatever the file ends with", () => {
  const reservation = "add_dhcp_mac_to_ip 8 00:0c:29:00:00:01 198.51.100.6";

  test.each(["\n", "\r\n"])("another tool's last line, without one, stays the last: %j", (end) => {
    const text = `VERSION=1,0${end}answer VNET_8_NAT yes${end}${reservation}`;
    expect(renderMappings(text, ["vswitch0"])).toBe(
      `VERSION=1,0${end}answer VNET_8_NAT yes${end}${ours}${end}${reservation}`,
    );
  });

  test("a last line that undoes ours, without one: ours comes after it", () => {
    const text = "VERSION=1,0\nremove_bridge_mapping vmware0";
    expect(renderMappings(text, ["vswitch0"])).toBe(`${text}\n${ours}\n`);
  });

  test("ours, whose end somebody took away, gets it back", () => {
    expect(renderMappings(`${typical}${ours}`, ["vswitch0"])).toBe(`${typical}${ours}\n`);
  });
});

describe("the number", () => {
  const chosen = (line: string) => vmnetOf(renderMappings(`${typical}${line}\n`, ["vswitch0"]), "vmware0");

  test.each([
    "answer VNET_200_DHCP no",
    "remove_answer VNET_200_DHCP",
    "add_bridge_mapping eth9 200",
    "add_nat_portfwd 200 tcp 80 192.0.2.9 80",
    "add_dhcp_mac_to_ip 200 00:50:56:00:00:01 192.0.2.9",
    "add_nat_prefix 200 /24",
    "answer VNL_DEFAULT_BRIDGE_VNET 200",
    "a_directive_of_tomorrow 200",
  ])("leaves out what “%s” is about", (line) => {
    expect(chosen(line)).toBe(201);
  });

  test("of each switch is its own, the same each time", () => {
    const text = renderMappings(typical, ["vswitch0", "vswitch1", "vswitch54", "vswitch55"]);
    const numbers = ["vmware0", "vmware1", "vmware54", "vmware55"].map((name) => vmnetOf(text, name));
    expect(numbers).toEqual([200, 201, 254, 202]);
  });

  test.each([0, 1, 8, 255, 999])("%i, which somebody wrote, is VMware's own or none: another is chosen", (vmnet) => {
    const text = renderMappings(`${typical}add_bridge_mapping vmware0 ${vmnet}\n`, ["vswitch0"]);
    expect(text).toBe(`${typical}add_bridge_mapping vmware0 200\n`);
  });

  test("that two switches have is the first one's: they are separate networks", () => {
    const text = `${typical}add_bridge_mapping vmware0 200\nadd_bridge_mapping vmware1 200\n`;
    const after = renderMappings(text, ["vswitch0", "vswitch1"]);
    expect([vmnetOf(after, "vmware0"), vmnetOf(after, "vmware1")]).toEqual([200, 201]);
  });

  const taken = (except: readonly number[]) =>
    Array.from({ length: 256 }, (_, vmnet) => vmnet)
      .filter((vmnet) => !except.includes(vmnet))
      .map((vmnet) => `answer VNET_${vmnet}_NAT no\n`)
      .join("");

  test("is the only one that is free", () => {
    expect(vmnetOf(renderMappings(typical + taken([7]), ["vswitch0"]), "vmware0")).toBe(7);
  });

  test("is never 0, 1, 8 or beyond 254: then nothing is written", () => {
    const text = `VERSION=1,0\n${taken([0, 1, 8, 255])}`;
    expect(renderMappings(text, ["vswitch0"])).toBe(text);
    expect(unmapped(text, ["vswitch0"])).toEqual(["vswitch0"]);
  });
});

describe("not a file of a Workstation that is set up", () => {
  test.each(["", "\n", "answer VNET_1_DHCP yes\n", "VERSION=2,0\n", "VERSION=1,1\n", "# VERSION=1,0\n"])(
    "%j stays as it is",
    (text) => {
      expect(isNetworkingFile(text)).toBe(false);
      expect(renderMappings(text, ["vswitch0"])).toBe(text);
    },
  );
});

describe("added, added again and removed", () => {
  const latin = "add_nat_portfwd 8 tcp 8080 198.51.100.5 80 caf\xe9 \xff\x00";
  test.each([
    ["as VMware writes it", typical],
    ["CRLF", typical.replaceAll("\n", "\r\n")],
    ["CR alone", typical.replaceAll("\n", "\r")],
    ["no final newline", typical.trimEnd()],
    ["CRLF, no final newline", typical.trimEnd().replaceAll("\n", "\r\n")],
    ["comments and blank lines", `# mine\n\n${typical}\n\n  # end`],
    ["bytes that are no text", `${typical}${latin}\n`],
    ["one line", "VERSION=1,0\n"],
    ["the version last", `add_bridge_mapping eth1 2\nVERSION=1,0\n`],
    ["a mark of byte order before another line", `${bom}\nVERSION=1,0\n`],
  ])("leaves the bytes as they were: %s", (_name, text) => {
    const switches = ["vswitch0", "vswitch3"];
    const added = renderMappings(text, switches);
    expect(added).not.toBe(text);
    expect(renderMappings(added, switches)).toBe(added);
    expect(added).toMatch(/^add_bridge_mapping vmware3 203[\r\n]/m);
    expect(renderMappings(added, [])).toBe(text);
  });
});
