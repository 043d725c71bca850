import { labsSuite } from "./labs.suite.ts";

labsSuite("trixie");
