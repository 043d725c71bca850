import { systemSuite } from "./life.ts";

systemSuite("trixie");
