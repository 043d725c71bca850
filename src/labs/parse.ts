import type { FirstBoot, ProviderName } from "../model/machine.ts";
import { providerNames } from "../model/machine.ts";
import type { MachineName, NetworkName } from "../model/names.ts";
import { firstNetwork } from "../model/names.ts";
import { parseCheck } from "./checks.ts";
import type { Lab, LabMachine, LabNic } from "./lab.ts";
import { labNameOf, parseMachine, parseNetwork } from "./names.ts";
import { refuseCycles } from "./order.ts";
import type { ReadBeside } from "./parts.ts";
import { parseFile } from "./parts.ts";
import type { Path, Source } from "./place.ts";
import { at, readSource } from "./place.ts";
import { hostPath, parseSegment, refuseHosts, refuseTogether } from "./segments.ts";
import type { LabPart, MachinePart, NicPart } from "./shape.ts";
import { labShape } from "./shape.ts";
import { soundPart } from "./sound.ts";

/** A lab, and where in its file everything stands: for what shows only when it is made. */
export type PlacedLab = { readonly lab: Lab; readonly source: Source };

/**
 * Parses the whole file before anything is done with it, and tells all that is wrong with it at once.
 *
 * @throws TarrError, FaultyFile with the lines, what stands there and what is wrong with it
 */
export function parseLab(file: string, text: string, beside: ReadBeside = () => null): PlacedLab {
  const placed = parseSound(file, text, beside);
  placed.source.refuse();
  return placed;
}

/**
 * What of a file is sound; what is wrong with the rest is noted in its source, and not yet refused: more may be found.
 *
 * @throws TarrError, FaultyFile when it cannot be read as YAML
 */
export function parseSound(file: string, text: string, beside: ReadBeside = () => null): PlacedLab {
  const source = readSource(file, text, "tarr-steps lab check");
  const part = soundPart(labShape, source) ?? {};
  const name =
    part.name === undefined ? labNameOf(file) : at({ source }, ["name"], () => parseMachine(part.name ?? ""));
  const lab = parseParts({ source, beside }, part);
  return { lab: { ...lab, name: name ?? labNameOf(file), named: part.name !== undefined }, source };
}

type Reading = { readonly source: Source; readonly beside: ReadBeside };

function parseParts({ source, beside }: Reading, part: LabPart): Omit<Lab, "name" | "named"> {
  const written = Object.keys(part.networks ?? {});
  const segments = written.flatMap((one) => present(parseSegment(source, one, part.networks?.[one] ?? {})));
  const known = new Set<string>([firstNetwork, ...namesIn(source, "networks")]);
  const usual = segments[0]?.name ?? firstNetwork;
  const guests = Object.entries(part.machines ?? {});
  const names = namesIn(source, "machines");
  const machines = guests.flatMap(([one, guest]) =>
    present(parseGuest({ source, beside, known, usual, names }, one, guest ?? {})),
  );
  refuseTogether(source, segments);
  refuseCycles(source, machines);
  refuseHosts(source, segments, machines);
  refuseSameHosts(source, machines);
  const checks = (part.check ?? []).flatMap((one, index) =>
    one === undefined ? [] : present(parseCheck({ source, machines, names }, one, index)),
  );
  return { networks: segments.map(({ name, subnet, settings }) => ({ name, subnet, settings })), machines, checks };
}

function present<T>(one: T | null): readonly T[] {
  return one === null ? [] : [one];
}

/** As they are written, whatever is wrong with them: who is named by another is there. */
function namesIn({ value }: Source, section: "networks" | "machines"): readonly string[] {
  const part: unknown = typeof value === "object" && value !== null ? Reflect.get(value, section) : null;
  return typeof part === "object" && part !== null && !Array.isArray(part) ? Object.keys(part) : [];
}

type GuestReading = Reading & {
  readonly known: ReadonlySet<string>;
  readonly usual: NetworkName;
  readonly names: readonly string[];
};

function parseGuest(reading: GuestReading, text: string, part: MachinePart): LabMachine | null {
  const { source } = reading;
  const path = ["machines", text];
  const name = at({ source }, path, () => parseMachine(text));
  const image = part.image ?? "tiny";
  if (!/^[a-z0-9][a-z0-9.-]{0,60}$/.test(image)) {
    source.note([...path, "image"], { value: image, cause: { code: "lab-image-name", values: {} } });
  }
  const nics = (part.nics ?? [reading.usual]).flatMap((one, index) =>
    one === undefined ? [] : present(parseNic(reading, [...path, "nics", index], one)),
  );
  const guest = {
    image,
    provider: part.provider === undefined ? null : parseProvider(source, [...path, "provider"], part.provider),
    memory: part.memory ?? null,
    nics,
    firstBoot: parseFirstBoot(reading, path, { ...part, image }),
    after: (part.after ?? []).flatMap((one, index) =>
      one === undefined ? [] : present(parseAfter(reading, [...path, "after", index], one)),
    ),
  };
  return name === null ? null : { name, ...guest };
}

function parseProvider(source: Source, path: Path, text: string): ProviderName | null {
  if (text === "any") return null;
  const name = providerNames.find((one) => one === text);
  const known = [...providerNames, "any"].join(", ");
  return name ?? source.note(path, { value: text, cause: { code: "provider-unknown", values: { known } } });
}

function parseNic({ source, known }: GuestReading, path: Path, part: NicPart): LabNic | null {
  const text = typeof part === "string" ? part : part.network;
  if (text === undefined) return null;
  if (!known.has(text) && !source.isLost(["networks"])) {
    const values = { known: [...known].join(", ") };
    return source.note(path, { value: text, cause: { code: "lab-no-network", values } });
  }
  // Of one whose own name is wrong that is told, not here too.
  const network =
    known.has(text) && source.isFaulty(["networks", text]) ? readName(text) : parseName(source, path, text);
  return network === null ? null : { network, host: typeof part === "string" ? null : (part.host ?? null) };
}

function parseName(source: Source, path: Path, text: string): NetworkName | null {
  return at({ source }, path, () => parseNetwork(text));
}

function readName(text: string): NetworkName | null {
  try {
    return parseNetwork(text);
  } catch {
    return null;
  }
}

function parseAfter({ source, names }: GuestReading, path: Path, text: string): MachineName | null {
  if (names.includes(text) || source.isLost(["machines"]))
    return source.isFaulty(["machines", text]) ? null : at({ source }, path, () => parseMachine(text));
  const values = { known: names.join(", ") };
  return source.note(path, { value: text, cause: { code: "lab-no-machine", values } });
}

/** The image that we build ourselves, of busybox: it has no apt. */
const withoutPackages = "tiny";

function parseFirstBoot(
  reading: GuestReading,
  path: readonly string[],
  part: MachinePart & { readonly image: string },
): FirstBoot | null {
  const { files = {}, script = null, password = null, image } = part;
  const packages = (part.packages ?? []).filter((one) => one !== undefined);
  const seeds = Object.entries(files).flatMap(([name, one]) =>
    one === undefined ? [] : present(parseFile(reading, [...path, "files", name], one)),
  );
  if (packages.length > 0 && image === withoutPackages) {
    const value = packages.join(" ");
    const values = { name: path.at(-1) ?? "", image, packages: value };
    reading.source.note([...path, "packages"], { value, cause: { code: "first-boot-packages", values } });
  }
  if (seeds.length === 0 && packages.length === 0 && script === null && password === null) return null;
  return { files: seeds, packages, script, password };
}

function refuseSameHosts(source: Source, machines: readonly LabMachine[]): void {
  const seen = new Map<string, string>();
  for (const { name, nics } of machines) {
    nics.forEach(({ network, host }, index) => {
      if (host === null) return;
      const key = `${network} ${host}`;
      const other = seen.get(key);
      const values = { network, other: other ?? "" };
      if (other === undefined) seen.set(key, name);
      else
        source.note(hostPath(source, name, index), { value: String(host), cause: { code: "lab-host-twice", values } });
    });
  }
}
