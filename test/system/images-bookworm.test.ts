import { imagesSuite } from "./images.suite.ts";

imagesSuite("bookworm", "debian-12");
