import { systemSuite } from "./life.ts";

systemSuite("bookworm");
