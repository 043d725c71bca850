import { dockerRecipe } from "./docker.ts";
import { incusRecipe } from "./incus.ts";
import { libvirtSessionRecipe, libvirtSystemRecipe } from "./libvirt.ts";
import { lxcRecipe } from "./lxc.ts";
import { nspawnRecipe } from "./nspawn.ts";
import { openvswitchRecipe } from "./openvswitch.ts";
import { podmanRecipe } from "./podman.ts";
import { proxmoxRecipe } from "./proxmox.ts";
import { qemuRecipe } from "./qemu.ts";
import type { Recipe, RecipeLanguage, RecipeNames } from "./recipe.ts";
import { printRecipe } from "./recipe.ts";
import { virtualboxRecipe } from "./virtualbox.ts";
import { vmwareRecipe } from "./vmware.ts";

export type { Recipe, RecipeLanguage, RecipeNames } from "./recipe.ts";

/** How a machine of each kind joins the switch by hand. */
const recipes = {
  qemu: [qemuRecipe],
  virtualbox: [virtualboxRecipe],
  vmware: [vmwareRecipe],
  lxc: [lxcRecipe],
  libvirt: [libvirtSessionRecipe, libvirtSystemRecipe],
  "libvirt-session": [libvirtSessionRecipe],
  "libvirt-system": [libvirtSystemRecipe],
  incus: [incusRecipe],
  nspawn: [nspawnRecipe],
  podman: [podmanRecipe],
  docker: [dockerRecipe],
  proxmox: [proxmoxRecipe],
  openvswitch: [openvswitchRecipe],
} as const satisfies Readonly<Record<string, readonly ((names: RecipeNames) => Recipe)[]>>;

export type RecipeKind = keyof typeof recipes;

export const recipeKinds = Object.keys(recipes).filter(isRecipeKind);

export function isRecipeKind(text: string): text is RecipeKind {
  return Object.hasOwn(recipes, text);
}

/** The recipes of a kind, as data. @throws TarrError what is wrong with the switch's address */
export function recipesOf(kind: RecipeKind, names: RecipeNames): readonly Recipe[] {
  return recipes[kind].map((make) => make(names));
}

/** The text for the user, without a line feed at its end. @throws TarrError what is wrong with the switch's address */
export function recipe(input: {
  readonly kind: RecipeKind;
  readonly language: RecipeLanguage;
  readonly names: RecipeNames;
}): string {
  return recipesOf(input.kind, input.names)
    .map((one) => printRecipe(one, input.language))
    .join("\n\n\n");
}
