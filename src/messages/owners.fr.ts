import type { ErrorCode } from "../error.ts";
import type { ErrorWords } from "./errors.en.ts";

type Code = Extract<ErrorCode, `owner-${string}` | "quota-memory" | "quota-disk">;

/** À qui sont les machines, et quelle part de l'ordinateur leur revient. */
export const ownersFr = (): Readonly<Record<Code, ErrorWords>> => ({
  "quota-memory": {
    message:
      "Vos machines ont droit ensemble à {quota} Mio de mémoire. Elles en ont {used}, et celle-ci en demande {wanted}.",
    hint: "Lui en donner moins (--memory), ou en supprimer une : tarr-steps machine list --size",
  },
  "quota-disk": {
    message: "Vos machines et images ont droit à {quota} Gio de disque, et elles en occupent {used}.",
    hint: "Supprimer ce qui ne sert plus : tarr-steps machine list --size ; tarr-steps image list",
  },
  "owner-needs-root": {
    message: "Seul root peut voir ou arrêter les machines d'une autre personne.",
    hint: "Les vôtres : tarr-steps machine list. Un administrateur peut taper : sudo tarr-steps {command}",
  },
  "owner-machine-unknown": {
    message: "{user} n'a pas de machine « {name} ».",
    hint: "Un administrateur les voit : sudo tarr-steps machine list --owner {user}",
  },
  "owner-unknown": {
    message: "« {user} » n'est pas un utilisateur qui peut avoir des machines ici.",
    hint: "Qui a des machines : tarr-steps port list",
  },
});
