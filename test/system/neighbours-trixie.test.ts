import { neighboursSuite } from "./neighbours.suite.ts";

neighboursSuite("trixie");
