import { docsSuite } from "./docs.suite.ts";

docsSuite("trixie");
