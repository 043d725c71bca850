import { TarrError } from "../error.ts";
import type { ImageRecord } from "../images/record.ts";
import { makersOf, readImageRecord } from "../images/record.ts";
import type { Machine, ProviderName } from "../model/machine.ts";
import { providerNames } from "../model/machine.ts";
import { imageFolder } from "../providers/folders.ts";
import type { Provider } from "../providers/provider.ts";
import { chooseProvider } from "../providers/registry.ts";

/** What the commands need to know of the image that a machine is made of. */
export type Traits = {
  /** Whom the user's key lets in. */
  readonly login: string;
  /** Seconds within which it has an address: a whole Debian takes minutes under software emulation. */
  readonly patience: number;
  /** MiB, when nobody says. */
  readonly memory: number;
  /** Who can make machines of it. */
  readonly providers: readonly ProviderName[];
};

const ofKernel: Traits = { login: "root", patience: 120, memory: 128, providers: providerNames };

/** An image that is gone, or not there yet, counts as one like `tiny`. */
export async function traitsOf(image: Machine["image"]): Promise<Traits> {
  return readImageRecord(imageFolder(image)).then(traitsIn, () => ofKernel);
}

function traitsIn(record: ImageRecord): Traits {
  if (record.format === 1) return ofKernel;
  return { login: record.user, patience: 420, memory: record.memory, providers: makersOf(record) };
}

/**
 * Who makes a machine of an image: whom the user names, or the best that can.
 *
 * @throws TarrError `image-kind` when that one cannot, `no-provider`, what the provider says
 */
export async function providerFor(image: Machine["image"], named: ProviderName | null): Promise<Provider> {
  const { providers } = await traitsOf(image);
  if (named !== null && !providers.includes(named)) {
    throw new TarrError("image-kind", { name: image, provider: named, able: providers.join(", ") });
  }
  return chooseProvider(named === null ? providers : [named]);
}
