import { expect, test } from "bun:test";
import { prometheus } from "./prometheus.ts";

test("the state as Prometheus reads it: each metric with its help and type, each network with its labels", () => {
  const network = {
    ...{ name: "lab", switch: "vswitch0", address: "192.168.194.1/24", reach: "nat", wanted: "nat", why: "asked" },
    ...{ pool: null, rivals: [], clash: null, state: "up" as const, domain: "lab.internal", ports: 3, uplink: "eth0" },
    ...{ pending: false, owner: null, uid: null, changes: [] },
    dhcp: { enabled: true, first: "192.168.194.10", last: "192.168.194.254", max: 245 },
  };
  const down = { ...network, name: "dmz", switch: "vswitch1", state: "down" as const, ports: 0 };
  const status = {
    version: '1"2',
    computer: "",
    networks: [network, down],
    pending: true,
    problem: null,
    trial: null,
    undone: null,
  };
  const text = prometheus(status);
  expect(text).toContain('tarr_steps_version{version="1\\"2"} 1');
  expect(text).toContain('tarr_steps_network_up{network="lab",switch="vswitch0",reach="nat"} 1');
  expect(text).toContain('tarr_steps_network_up{network="dmz",switch="vswitch1",reach="nat"} 0');
  expect(text).toContain('tarr_steps_network_ports{network="lab"} 3');
  expect(text).toContain("tarr_steps_pending 1\n");
  for (const line of text.split("\n")) expect(line).toMatch(/^(?:# (?:HELP|TYPE) [a-z_]+ .+|[a-z_]+(?:\{.*\})? \d+)$/);
});
