import { lanSuite } from "./lan.suite.ts";

lanSuite("trixie");
