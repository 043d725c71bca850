import { describe, expect, test } from "bun:test";
import type { Published } from "./published.ts";
import { parsePublished, renderHostsFile } from "./published.ts";

function published(names: Readonly<Record<string, string>>): Published {
  const machines = Object.entries(names).map(([name, address]) => ({ name, address }));
  const network = { interface: "vswitch0", address: "192.168.194.1", domain: "lab.internal", names: machines };
  const parsed = parsePublished(JSON.stringify({ networks: [network] }));
  if (parsed === null) throw new Error("not published");
  return parsed;
}

const two = published({ web: "192.168.194.10", db: "192.168.194.11" });
const one = published({ web: "192.168.194.10" });
const none = published({});
const debian = "127.0.0.1\tlocalhost\n127.0.1.1\tpc42\n\n# IPv6\n::1     localhost ip6-localhost\n";

describe("/etc/hosts", () => {
  test("as a user sees it", () => {
    expect(renderHostsFile("127.0.0.1 localhost\n", two)).toBe(
      [
        "127.0.0.1 localhost",
        "# tarr-steps: names of machines. Made by the service; lines between these two are lost.",
        "192.168.194.10 web.lab.internal",
        "192.168.194.11 db.lab.internal",
        "# tarr-steps: end",
        "",
      ].join("\n"),
    );
  });

  test("a second time is the same", () => {
    const once = renderHostsFile(debian, two);
    expect(renderHostsFile(once, two)).toBe(once);
  });

  test.each([
    ["Debian's", debian],
    ["an empty one", ""],
    ["one with CRLF", "127.0.0.1 localhost\r\n10.0.0.1 nas\r\n"],
    ["one that ends in blank lines", "127.0.0.1 localhost\n\n\n"],
    ["one in Latin-1 read as it is", "# r\u00e9seau\n127.0.0.1 localhost\n"],
  ])("%s: when the last name goes, the very same bytes are back", (_, before) => {
    expect(renderHostsFile(renderHostsFile(before, two), none)).toBe(before);
    expect(renderHostsFile(before, none)).toBe(before);
  });

  test("without a newline at its end gets that one newline, once, and nothing else", () => {
    const before = "127.0.0.1 localhost";
    const after = renderHostsFile(renderHostsFile(before, two), none);
    expect(after).toBe(`${before}\n`);
    expect(renderHostsFile(renderHostsFile(after, two), none)).toBe(after);
  });

  test("what others wrote before and behind our block stays", () => {
    const edited = `${renderHostsFile(debian, two)}192.0.2.1 nas\n`;
    expect(renderHostsFile(edited, one)).toBe(renderHostsFile(`${debian}192.0.2.1 nas\n`, one));
    expect(renderHostsFile(edited, none)).toBe(`${debian}192.0.2.1 nas\n`);
  });

  test("a name that is gone is gone", () => {
    expect(renderHostsFile(renderHostsFile(debian, two), one)).toBe(renderHostsFile(debian, one));
  });

  // A stale line stands before a new one, and the first match wins: hosts(5).
  test("a block whose end somebody deleted leaves no line of ours behind, and takes none of theirs", () => {
    const maimed = `${renderHostsFile(debian, two).replace("# tarr-steps: end\n", "")}# mine\n192.0.2.1 nas\n`;
    expect(renderHostsFile(maimed, none)).toBe(`${debian}# mine\n192.0.2.1 nas\n`);
  });

  test("a lone end is somebody else's comment", () => {
    const before = `${debian}# tarr-steps: end\n`;
    expect(renderHostsFile(before, none)).toBe(before);
  });
});

describe("what root reads of the service's file", () => {
  const good = { interface: "vswitch0", address: "192.168.194.1", domain: "lab.internal", names: [] };

  test.each([
    ["no JSON", "{"],
    ["another shape", "[]"],
    ["an option for an interface", JSON.stringify({ networks: [{ ...good, interface: "--help" }] })],
    ["a path for an interface", JSON.stringify({ networks: [{ ...good, interface: "../../etc" }] })],
    ["a second line in a domain", JSON.stringify({ networks: [{ ...good, domain: "lab\n0.0.0.0 bank.example" }] })],
    ["no address", JSON.stringify({ networks: [{ ...good, address: "192.168.194.1 bank.example" }] })],
    [
      "a second line in a name",
      JSON.stringify({ networks: [{ ...good, names: [{ address: "192.0.2.1", name: "a\nb" }] }] }),
    ],
    [
      "an address with more behind it",
      JSON.stringify({ networks: [{ ...good, names: [{ address: "192.0.2.1 x", name: "a" }] }] }),
    ],
  ])("%s is refused whole", (_, text) => {
    expect(parsePublished(text)).toBeNull();
  });
});
