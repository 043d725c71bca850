import type { StepOf } from "../../src/plan/step.ts";
import type { FakeState } from "./fake-host.ts";
import { refuse } from "./fake-links.ts";

type LanStep = StepOf<"add-host-route" | "remove-host-route" | "answer-for" | "stop-answering">;

/** Routes to machines on the LAN, and the addresses that the host answers for (iproute2 6.1, tried in a namespace). */
export function runOnLan(state: FakeState, step: LanStep): void {
  const { interface: name, address } = step;
  const link = state.links.get(name);
  if (link === undefined) refuse(step, `Cannot find device "${name}"`);
  const route = state.routes.find((one) => one.to.address === address && one.to.prefix === 32 && one.marked);
  const proxy = state.proxies.find((one) => one.address === address && one.interface === name);
  switch (step.kind) {
    case "add-host-route":
      if (route !== undefined) refuse(step, "RTNETLINK answers: File exists");
      if (!link.up) refuse(step, "Error: Device for nexthop is not up.");
      state.routes = [
        ...state.routes,
        { to: { address, prefix: 32 }, interface: name, metric: 0, gateway: null, source: step.source, marked: true },
      ];
      return;
    case "remove-host-route":
      if (route === undefined) refuse(step, "RTNETLINK answers: No such process");
      state.routes = state.routes.filter((one) => one !== route);
      return;
    case "answer-for":
      if (proxy === undefined) state.proxies = [...state.proxies, { address, interface: name }];
      return;
    case "stop-answering":
      if (proxy === undefined) refuse(step, "RTNETLINK answers: No such file or directory");
      state.proxies = state.proxies.filter((one) => one !== proxy);
      return;
  }
}
