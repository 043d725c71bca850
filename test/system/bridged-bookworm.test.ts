import { bridgedSuite } from "./bridged.suite.ts";

bridgedSuite("bookworm");
