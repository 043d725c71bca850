import { docsSuite, fiveMinutes, lxcPage, qemuPage } from "./docs.suite.ts";

for (const page of [fiveMinutes, lxcPage, qemuPage]) docsSuite("trixie", page);
