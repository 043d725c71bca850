import { expect, test } from "bun:test";
import { interfaceName, isMac, isPortId, parseNetworkName } from "../model/names.ts";
import { seedFiles } from "./seed.ts";

function seed(more: Partial<Parameters<typeof seedFiles>[0]> = {}): ReadonlyMap<string, string> {
  const [id, mac] = ["abc234", "52:54:00:12:34:56"];
  if (!isPortId(id) || !isMac(mac)) throw new Error("constants");
  const port = { id, mac, interface: interfaceName("tsabc234"), switch: interfaceName("vswitch0") };
  return seedFiles({
    hostname: "srv",
    key: "ssh-ed25519 AAAA",
    user: "debian",
    nics: [{ network: parseNetworkName("lab"), port }],
    firstBoot: {
      files: [{ path: "/srv/it's here", mode: 0o640, content: "one\n" }],
      packages: ["apache2"],
      script: "echo done",
      password: "le'tmein",
    },
    ...more,
  });
}

test("cloud-init reads it as YAML: name, key, files, packages, script and password", () => {
  const [mark, config = ""] = (seed().get("user-data") ?? "").split("\n");
  expect(mark).toBe("#cloud-config");
  expect(JSON.parse(config)).toMatchObject({
    hostname: "srv",
    ssh_authorized_keys: ["ssh-ed25519 AAAA"],
    write_files: [{ path: "/srv/it's here", permissions: "0640", content: "one\n" }, { content: "echo done" }],
    packages: ["apache2"],
    runcmd: [["sh", "/var/lib/tarr-steps/script"]],
    chpasswd: { users: [{ name: "debian", password: "le'tmein" }] },
  });
  expect(JSON.parse(seed().get("network-config") ?? "")).toMatchObject({
    ethernets: { eth0: { match: { macaddress: "52:54:00:12:34:56" }, dhcp4: true } },
  });
});

test("nothing of a user's leaves its quotes in the scripts of our own images", () => {
  const early = seed().get("first-boot") ?? "";
  expect(early).toContain(`install -D -m 0640 "$here/file-0" '/srv/it'\\''s here'`);
  expect(early).toContain(`debian 'le'\\''tmein' | chpasswd`);
  expect(seed().get("file-0")).toBe("one\n");
  expect(seed().get("first-boot-late")).toContain("apt-get install -y -q 'apache2'");
});
