import { describe, expect, test } from "bun:test";
import { bareHost } from "../../../test/fake-host/random-lab.ts";
import { planSteps } from "../../../test/fake-host/converge.ts";
import { parseDocument } from "../../model/document.ts";
import { interfaceOf, macOf } from "../../model/port.ts";
import { isPortId, parseMachineName } from "../../model/names.ts";
import type { NameService } from "../../plan/desired.ts";
import { paths } from "./paths.ts";
import { renderConfiguration, renderHosts, renderReservations } from "./render.ts";

/** The name service of a network with two machines. */
function service(fields: string): NameService {
  const { networks } = parseDocument(`networks: {lab: {${fields}}}`);
  const [lab] = networks;
  const ports = ["db", "web"].map((text, index) => {
    const id = `abc23${index + 2}`;
    if (!isPortId(id) || lab === undefined) throw new Error(id);
    const name = parseMachineName(text);
    const mac = macOf("qemu", [0, 0, 9 - index]);
    return {
      id,
      network: lab.name,
      name,
      kind: "qemu",
      interface: interfaceOf(id),
      mac,
      host: 10 + index,
      lan: null,
      owner: 1000,
    } as const;
  });
  const nobody = {
    forwarding: new Set<never>(),
    promiscuous: new Set<never>(),
    making: new Set<never>(),
    joined: new Map<never, never>(),
  };
  const steps = planSteps({ networks, ports, stopped: new Set(), owned: nobody }, bareHost());
  for (const { step } of steps) if (step.kind === "serve-names") return step.service;
  throw new Error("no name service");
}

const usual = service("address: 192.168.194.1/24, max: 50");
const configuration = (one: NameService) => renderConfiguration(one, paths("/run/tarr-steps/dnsmasq", one.network));

describe("dnsmasq.conf", () => {
  test("of the usual network", () => {
    expect(configuration(usual).split("\n")).toEqual([
      "# Made by tarr-steps, anew at each change: what is wanted stands in /etc/tarr-steps/tarr-steps.yaml",
      "interface=vswitch0",
      "except-interface=lo",
      "bind-dynamic",
      "no-hosts",
      "pid-file=/run/tarr-steps/dnsmasq/lab.pid",
      "addn-hosts=/run/tarr-steps/dnsmasq/lab.hosts",
      "domain=lab.internal",
      "local=/lab.internal/",
      "domain-needed",
      "bogus-priv",
      "dns-loop-detect",
      "dhcp-range=192.168.194.10,192.168.194.254,255.255.255.0,600",
      "dhcp-lease-max=50",
      "dhcp-leasefile=/run/tarr-steps/dnsmasq/lab.leases",
      "dhcp-hostsfile=/run/tarr-steps/dnsmasq/lab.reservations",
      "dhcp-option=option:mtu,1500",
      "dhcp-option=option:domain-search,lab.internal",
      "dhcp-authoritative",
      "dhcp-no-override",
      "dhcp-ignore-clid",
      "dhcp-ignore-names",
      "no-ping",
      "quiet-dhcp",
      "",
    ]);
  });

  test("without DHCP still serves names", () => {
    const text = configuration(service("address: 192.168.194.1/24, dhcp: off"));
    expect(text).not.toContain("dhcp");
    expect(text).toContain("addn-hosts=");
  });

  test("of an isolated network offers no router, and asks no resolver outside", () => {
    const text = configuration(service("address: 192.168.194.1/24, reach: isolated"));
    expect(text).toContain("\ndhcp-option=option:router\n");
    // Once it reaches further its guests are to know the way out soon.
    expect(text).toContain("\ndhcp-option=option:T1,20\n");
    expect(text).toContain("\nno-resolv\n");
  });
});

test("reservations: a line for each port, by MAC", () => {
  expect(renderReservations(usual)).toBe("52:54:00:00:00:08,192.168.194.11,web\n52:54:00:00:00:09,192.168.194.10,db\n");
});

test("hosts: the switch first, then machines by address", () => {
  expect(renderHosts(usual)).toBe(
    "192.168.194.1 host.lab.internal host\n192.168.194.10 db.lab.internal db\n192.168.194.11 web.lab.internal web\n",
  );
});
