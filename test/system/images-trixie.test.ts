import { imagesSuite } from "./images.suite.ts";

imagesSuite("trixie", "debian-13");
