import {
  docsSuite,
  docker,
  fiveMinutes,
  freshHost,
  libvirtSession,
  libvirtSystem,
  lxcPage,
  nspawn,
  podman,
  qemuPage,
} from "./docs.suite.ts";

const pages = [fiveMinutes, lxcPage, qemuPage, libvirtSession, libvirtSystem, nspawn, podman, docker];
for (const page of pages) docsSuite("bookworm", page, freshHost("bookworm"));
