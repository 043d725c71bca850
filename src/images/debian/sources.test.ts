import { expect, test } from "bun:test";
import { forGuests, parseProxies, parseTargets, sourceLines } from "./sources.ts";

// `apt-get indextargets` of a Debian 12 with a package archive of somebody else's.
const targets = `Debian bookworm http://mirror.example/debian/
Debian bookworm-updates http://mirror.example/debian/
Debian bookworm-security http://mirror.example/debian-security/
. nodistro https://packages.example/node/
`;

test("Debian comes from where the host's own apt gets it, security updates too", () => {
  const found = parseTargets(targets);
  expect(found).toEqual({
    mirror: "http://mirror.example/debian/",
    security: "http://mirror.example/debian-security/",
  });
  expect(sourceLines({ ...found, proxies: [] }, "trixie")).toEqual([
    "deb http://mirror.example/debian/ trixie main",
    "deb http://mirror.example/debian/ trixie-updates main",
    "deb http://mirror.example/debian-security/ trixie-security main",
  ]);
  expect(() => parseTargets(". nodistro https://packages.example/node/\n")).toThrow();
});

test("proxies are taken over as plain addresses alone, and those on the host's loopback are none for guests", () => {
  const settings = `Acquire
Acquire::http
Acquire::http::Proxy http://proxy.example:3128
Acquire::https::Proxy http://127.0.0.1:3142
Acquire::http::Proxy::mirror.example DIRECT
Acquire::http::ProxyAutoDetect /usr/bin/evil; rm
Acquire::https::Proxy http://x"; evil "
`;
  const found = parseProxies(settings);
  expect(found).toEqual([
    'Acquire::http::Proxy "http://proxy.example:3128";',
    'Acquire::https::Proxy "http://127.0.0.1:3142";',
    'Acquire::http::Proxy::mirror.example "DIRECT";',
  ]);
  expect(forGuests(found)).not.toContain('Acquire::https::Proxy "http://127.0.0.1:3142";');
  expect(forGuests(found)).toHaveLength(2);
  expect(forGuests(['Acquire::http::Proxy "http://me:secret@proxy.example:3128";'])).toEqual([]);
});
