import { bridgedSuite } from "./bridged.suite.ts";
import { containerSuite } from "./containers.suite.ts";
import { systemSuite } from "./life.ts";

systemSuite("trixie");
containerSuite("trixie");
bridgedSuite("trixie");
