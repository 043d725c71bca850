import { existsSync } from "node:fs";
import { basename } from "node:path";
import type { WireNetwork } from "../../api/types.ts";
import type { ErrorCode } from "../../error.ts";
import { nameFrom } from "../../labs/names.ts";
import type { NetworkName } from "../../model/names.ts";
import { firstNetwork, printable } from "../../model/names.ts";
import { shellWord } from "../../model/shell-word.ts";
import type { Work } from "./furnish.ts";
import { listRecords, openRecord } from "./made.ts";

/** Networks of the file that are there, and not the lab's: each with whose it is, and what its reader can do. */
export async function noteForeign(work: Work, foreign: readonly NetworkName[]): Promise<void> {
  const { lab, source, context } = work;
  if (foreign.length === 0) return;
  const { networks } = await context.call("GetStatus", {});
  const isOthers = ({ uid }: WireNetwork) => uid !== null && uid !== process.getuid?.();
  const others = networks.filter((one) => foreign.some((name) => name === one.name) && isOthers(one));
  const copy = copyOf(work, { others: others.map(({ name }) => name), networks: networks.map(({ name }) => name) });
  for (const name of foreign) {
    const owner = others.find((one) => one.name === name)?.owner ?? null;
    const maker = owner === null ? await makerOf(name) : null;
    const values = {
      network: name,
      lab: lab.name,
      owner: owner ?? "",
      other: maker ?? "",
      copy,
      another: freeOf(name),
    };
    source.note(["networks", name], { value: name, cause: { code: codeOf({ name, owner, maker }), values } });
  }
}

type Whose = { readonly name: NetworkName; readonly owner: string | null; readonly maker: string | null };

function codeOf({ name, owner, maker }: Whose): ErrorCode {
  if (owner !== null) return "lab-network-others";
  if (maker !== null) return "lab-network-made";
  return name === firstNetwork ? "lab-network-first" : "lab-network-foreign";
}

/** The user's own lab that made it. */
async function makerOf(network: NetworkName): Promise<string | null> {
  for (const lab of await listRecords()) {
    const record = await openRecord(lab).catch(() => null);
    if (record?.made().networks.some(({ name }) => name === network) === true) return lab;
  }
  return null;
}

const freeOf = (network: string, number = 2) => `${network.slice(0, 13)}-${number}`;

type Taken = { readonly others: readonly string[]; readonly networks: readonly string[] };

/**
 * A command that copies the lab file with names that nobody has: of the networks, and of the lab, of whose name MACs are
 * made. Nothing is written over.
 */
function copyOf({ lab, source: { file } }: Work, { others, networks }: Taken): string {
  const stem = nameFrom(basename(file).replace(/\.ya?ml$/i, "")) || lab.name;
  let number = 2;
  const isTaken = () =>
    existsSync(`${stem}-${number}.yaml`) || others.some((name) => networks.includes(freeOf(name, number)));
  while (isTaken()) number += 1;
  const target = `${stem}-${number}.yaml`;
  const renames = others.map((name) => `s/\\b${name}\\b/${freeOf(name, number)}/g`);
  const rename = lab.named ? [`s/^name:.*/name: ${lab.name.slice(0, 60)}-${number}/`] : [];
  const script = [...rename, ...renames].join("; ");
  return `sed '${script}' ${shellWord(printable(file))} >${target} && tarr-steps lab check ${target}`;
}
