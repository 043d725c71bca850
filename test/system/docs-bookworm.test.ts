import { docsOn } from "./docs.suite.ts";

docsOn("bookworm");
