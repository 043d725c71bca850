import { containerSuite } from "./containers.suite.ts";
import { systemSuite } from "./life.ts";

systemSuite("bookworm");
containerSuite("bookworm");
