import { lanSuite } from "./lan.suite.ts";

lanSuite("bookworm");
