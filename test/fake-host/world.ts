import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Wanted, World } from "../../src/daemon/reconcile.ts";
import { planFor } from "../../src/daemon/reconcile.ts";
import type { Service } from "../../src/daemon/service.ts";
import { createService, wantedNow } from "../../src/daemon/service.ts";
import { TarrError } from "../../src/error.ts";
import type { Ipv4 } from "../../src/model/address.ts";
import type { InterfaceName, Mac } from "../../src/model/names.ts";
import { testMac } from "../golden/written.ts";
import { FakeHost } from "./fake-host.ts";
import type { FakeState, Mishap } from "./fake-host.ts";
import { goodProbes } from "./fake-probes.ts";
import { bareHost } from "./random-lab.ts";

/** A host with the files of the service on it: what a restart of the service finds again. */
export class Machine {
  readonly folder: string;
  readonly state: FakeState;
  readonly published: string[] = [];
  /** Seconds since the boot. */
  uptime = 1000;
  gatewayAnswers = true;
  /** Behind which interface a switch saw a MAC. */
  readonly places = new Map<Mac, InterfaceName>();
  /** Who on the LAN segment holds what. */
  readonly owners = new Map<Ipv4, Mac>();

  constructor(folder: string, state: FakeState) {
    this.folder = folder;
    this.state = state;
  }

  static async install(document: string, state = bareHost()): Promise<Machine> {
    const machine = new Machine(await mkdtemp(join(tmpdir(), "tarr-steps-test-")), state);
    await machine.write(document);
    return machine;
  }

  /** A service, as just started; the one before it is forgotten. */
  boot(mishap: Mishap | null = null): { service: Service; host: FakeHost } {
    const host = new FakeHost(this.state);
    host.mishap = mishap;
    return { service: createService(this.world(host), "0"), host };
  }

  world(host: FakeHost): World {
    const { folder } = this;
    const folders = {
      state: join(folder, "state"),
      runtime: join(folder, "run"),
      document: join(folder, "document.yaml"),
    };
    return {
      host,
      folders,
      macOf: testMac,
      computer: "0123456789abcdef",
      keepUsernet: () => Promise.resolve(),
      seen: { follow: () => undefined, leases: () => [] },
      trial: {
        seconds: 60,
        patience: 5,
        uptime: () => this.uptime,
        answers: () => Promise.resolve(this.gatewayAnswers),
      },
      lan: {
        owners: () => Promise.resolve(this.owners),
        answers: () => Promise.resolve(new Map()),
        lease: (_, ports, isAsked) =>
          ports.some(isAsked)
            ? Promise.reject(new TarrError("lan-dhcp-silent", { interface: "eth0" }))
            : Promise.resolve(new Map()),
        follow: () => undefined,
        rivals: () => new Map(),
      },
      learned: () => Promise.resolve(this.places),
      probes: goodProbes,
      publish: (wanted) => void this.published.push(namesOf(wanted)),
    };
  }

  async write(document: string): Promise<void> {
    await writeFile(join(this.folder, "document.yaml"), document);
  }

  /** One of the service's files, or null. */
  async read(name: string): Promise<string | null> {
    return readFile(join(this.folder, name), "utf8").catch(() => null);
  }

  /** The steps that a service that runs now would still have to do. */
  async left(): Promise<readonly string[]> {
    const world = this.world(new FakeHost(this.state));
    const { steps } = await planFor(world, await wantedNow(world));
    return steps.map(({ step, reason }) => `${step.kind}: ${reason}`);
  }

  async remove(): Promise<void> {
    await rm(this.folder, { recursive: true, force: true });
  }
}

function namesOf(wanted: Wanted): string {
  return wanted.ports.map((port) => port.name).join(" ");
}

/** The code of what a promise is refused with, or "done". */
export async function outcomeOf(promise: Promise<unknown>): Promise<string> {
  return promise.then(
    () => "done",
    (error: unknown) => (error instanceof Error && "code" in error ? String(error.code) : String(error)),
  );
}
