import { afterAll, beforeAll, describe } from "bun:test";
import type { Release } from "../room/debian-root.ts";
import { accessTests } from "./access.suite.ts";
import { crashTests } from "./crash.suite.ts";
import { installTests } from "./install.suite.ts";
import { machineTests } from "./machines.suite.ts";
import { networkTests } from "./networks.suite.ts";
import { plugTests } from "./plug.suite.ts";
import { prototypeTests } from "./prototype.suite.ts";
import { refusalTests } from "./refusals.suite.ts";
import { removalTests } from "./removal.suite.ts";
import { sessionTests } from "./session.suite.ts";
import type { Stage } from "./stage.ts";
import { openStage } from "./stage.ts";
import { vmwareTests } from "./vmware.suite.ts";

/** The stage of a suite, there once its tests run. */
export type OnStage = () => Stage;

/** The whole life of the package on one fresh host, in the order in which a person lives it. */
export function systemSuite(release: Release): void {
  describe(release, () => {
    let stage: Stage | null = null;
    const on: OnStage = () => {
      if (stage === null) throw new Error("the stage was not built: see the failure above");
      return stage;
    };
    beforeAll(async () => {
      stage = await openStage(release);
      // The first time, a whole Debian is built.
    }, 600_000);
    afterAll(async () => {
      await stage?.destroy();
    });
    installTests(on);
    machineTests(on);
    plugTests(on);
    vmwareTests(on);
    networkTests(on);
    refusalTests(on);
    accessTests(on);
    sessionTests(on);
    prototypeTests(on);
    crashTests(on);
    removalTests(on);
  });
}
