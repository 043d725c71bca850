import type { Algorithm } from "./bytes.ts";

export type Summed = { readonly file: string; readonly algorithm: Algorithm; readonly hex: string };

/** `SHA256(disk.vmdk)= 0123…`, a line for each file. */
export function manifestIn(text: string): readonly Summed[] {
  return [...text.matchAll(/^SHA(1|256|512)\s*\((.+)\)\s*=\s*([0-9a-f]+)\s*$/gim)].map(
    ([, bits = "", file = "", hex = ""]) => ({
      file,
      algorithm: bits === "1" ? "sha1" : bits === "256" ? "sha256" : "sha512",
      hex: hex.toLowerCase(),
    }),
  );
}

/** A file that a descriptor names; `bytes` is its whole size, where that is told. */
export type Reference = { readonly href: string; readonly bytes: number | null };
export type Descriptor = { readonly disks: readonly Reference[]; readonly memory: number | null };

/** Resource type 4 is memory (CIM_ResourceAllocationSettingData), counted in MiB by VirtualBox and VMware. */
export function descriptorIn(text: string): Descriptor {
  const ovf = text.replace(/<!--[^]*?-->/g, "");
  const references = new Map(
    tags(ovf, "File").map((tag) => {
      const bytes = Number(attribute(tag, "size") || Number.NaN);
      return [
        attribute(tag, "id"),
        { href: attribute(tag, "href"), bytes: Number.isSafeInteger(bytes) ? bytes : null },
      ];
    }),
  );
  const disks = tags(ovf, "Disk").flatMap((tag) => {
    const file = references.get(attribute(tag, "fileRef"));
    return file === undefined || file.href === "" ? [] : [file];
  });
  const items = [...ovf.matchAll(/<(?:[\w.-]+:)?Item\b[^>]*>([^]*?)<\/(?:[\w.-]+:)?Item>/g)].map(
    ([, inner = ""]) => inner,
  );
  const memory = items.find((item) => /ResourceType>\s*4\s*</.test(item));
  const said = Number(/VirtualQuantity>\s*(\d{2,6})\s*</.exec(memory ?? "")?.[1] ?? 0);
  return { disks, memory: said >= 64 ? said : null };
}

function tags(xml: string, name: string): readonly string[] {
  const tag = new RegExp(String.raw`<(?:[\w.-]+:)?${name}\s(?:[^>"']|"[^"]*"|'[^']*')*>`, "g");
  return [...xml.matchAll(tag)].map(([found]) => found);
}

/** XML has either kind of quotation marks (§2.3). */
function attribute(tag: string, name: string): string {
  const found = new RegExp(String.raw`\s(?:[\w.-]+:)?${name}\s*=\s*(?:"([^"]*)"|'([^']*)')`).exec(tag);
  return entitiesIn(found?.[1] ?? found?.[2] ?? "");
}

const entities: Readonly<Record<string, string>> = { amp: "&", lt: "<", gt: ">", quot: '"', apos: "'" };

function entitiesIn(text: string): string {
  return text.replace(/&(?:#\d{1,6}|#x[0-9a-f]{1,5}|\w{2,4});/gi, (whole) => {
    const name = whole.slice(1, -1);
    if (!name.startsWith("#")) return entities[name] ?? whole;
    return String.fromCodePoint(Number(name.slice(1).replace(/^x/i, "0x")));
  });
}
