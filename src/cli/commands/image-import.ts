import { rm } from "node:fs/promises";
import { join, resolve } from "node:path";
import { TarrError } from "../../error.ts";
import { exportImage } from "../../images/import/bundle.ts";
import type { Checksum } from "../../images/import/bytes.ts";
import { parseSha256 } from "../../images/import/bytes.ts";
import { findCloudImage } from "../../images/import/debian-cloud.ts";
import { download, isUrl, parseUrl } from "../../images/import/download.ts";
import type { Imported } from "../../images/import/import.ts";
import { everyTenth, importImage, requireFree } from "../../images/import/import.ts";
import { parseImageName, printable } from "../../model/names.ts";
import { dataFolder, imageFolder } from "../../providers/folders.ts";
import type { Context, Run } from "../command.ts";
import { imageView } from "../images.ts";
import { unlessUnreachable } from "../rights.ts";
import { refuseOverDisk } from "../sizes.ts";

/** What is imported, and what is known about it beforehand. */
type Origin = {
  readonly url: URL | null;
  /** A file's path, or the address. */
  readonly source: string;
  readonly checksum: Checksum | null;
  readonly user: string | null;
  readonly system: string | null;
};

/** An image of a file, an address, or one of Debian's own by its name. */
export const importOne: Run = async (context) => {
  const name = parseImageName(context.argument("name"));
  const images = join(dataFolder(), "images");
  requireFree({ images, name });
  await context.call("GetQuotas", {}).then(refuseOverDisk).catch(unlessUnreachable);
  const origin = await originOf(name, context);
  const path = origin.url === null ? resolve(origin.source) : await fetched(origin, context);
  const imported = await importImage({
    ...{ name, images, path, source: printable(origin.source) },
    ...{ checksum: origin.url === null ? origin.checksum : null, user: origin.user, system: origin.system },
    report: ({ phase, detail }) => context.note(context.say(`image-phase-${phase}`, { detail })),
  });
  if (origin.url !== null) await rm(path, { force: true });
  tell(name, imported, context);
  if (context.json) context.print(JSON.stringify({ image: await imageView(name) }));
  return 0;
};

async function originOf(name: string, context: Context): Promise<Origin> {
  const source = context.argument("source");
  const sha256 = context.option("sha256");
  const checksum = sha256 === undefined ? null : parseSha256(sha256);
  const user = parseLogin(context.option("user"));
  if (source === "") {
    const cloud = await findCloudImage(name, context.option("mirror"));
    return { ...cloud, source: cloud.url.href, checksum: checksum ?? cloud.checksum };
  }
  if (!isUrl(source)) return { url: null, source, checksum, user, system: null };
  const url = parseUrl(source);
  if (checksum === null) throw new TarrError("checksum-needed", { url: printable(source) });
  return { url, source, checksum, user, system: null };
}

async function fetched({ url, checksum }: Origin, context: Context): Promise<string> {
  if (url === null || checksum === null) throw new TarrError("checksum-needed", { url: url?.href ?? "" });
  const tell = everyTenth((percent) => context.note(context.say("image-phase-download", { detail: `${percent} %` })));
  return download({ url, checksum, folder: join(dataFolder(), "downloads") }, tell);
}

/** A name of an account, by what Debian takes (adduser.conf(5), NAME_REGEX). @throws TarrError `name-invalid` */
function parseLogin(text: string | undefined): string | null {
  if (text === undefined) return null;
  if (!/^[a-z][-a-z0-9_]{0,31}$/.test(text)) throw new TarrError("name-invalid", { value: printable(text) });
  return text;
}

function tell(name: string, imported: Imported, context: Context): void {
  if (imported.leftOut > 0) context.note(context.say("image-left-out", { count: String(imported.leftOut) }));
  if (imported.kernelUnused) context.note(context.say("image-kernel-unused"));
  context.note(context.say("image-imported", { name }));
}

/** One file that another computer imports. */
export const exportOne: Run = async (context) => {
  const name = parseImageName(context.argument("image"));
  const path = resolve(context.argument("file"));
  await exportImage(imageFolder(name), path);
  context.note(context.say("image-exported", { name, path: printable(path) }));
  if (context.json) context.print(JSON.stringify({ image: name, file: path }));
  return 0;
};
