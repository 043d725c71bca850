import type { SeedFile } from "./machine.ts";
import type { ImageName } from "./names.ts";

/** What a teacher's own image is made of: a release of Debian, and what comes on top. */
export type Recipe = {
  readonly name: ImageName;
  /** `trixie`, `bookworm` */
  readonly suite: string;
  readonly packages: readonly string[];
  readonly users: readonly RecipeUser[];
  readonly files: readonly SeedFile[];
  /** Lines for /bin/sh, run once as root inside, in order; the first that fails ends the build. */
  readonly commands: readonly string[];
  /** MiB: what a machine of it has when nobody says. */
  readonly memory: number;
};

export type RecipeUser = {
  readonly name: string;
  /** Null: no password works. */
  readonly password: string | null;
  readonly sudo: boolean;
};
