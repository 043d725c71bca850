import { reachSuite } from "./reach.suite.ts";

reachSuite("bookworm");
