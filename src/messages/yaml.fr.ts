import type { ErrorWords } from "./errors.en.ts";
import type { yamlEn } from "./yaml.en.ts";

export const yamlFr = (): Readonly<Record<keyof ReturnType<typeof yamlEn>, ErrorWords>> => ({
  "yaml-alias": {
    message: "un alias s'écrit avec une étoile et un nom, sans rien d'autre : « {value} ».",
    hint: "Par exemple : *web",
  },
  "yaml-alias-unknown": {
    message: "un alias renvoie à une ancre qui n'existe pas avant lui : « {value} ».",
    hint: "Mettez entre guillemets un texte qui commence par une étoile.",
  },
  "yaml-block-in-flow": {
    message: "il manque une virgule ou une fermeture : « {value} ».",
    hint: "Entre accolades, séparez les couples clé-valeur par des virgules.",
  },
  "yaml-colon": {
    message:
      "il manque les deux points et l'espace après une clé, ou le tiret devant un élément de liste : « {value} ».",
    hint: "Écrivez la clé, deux points, une espace, puis la valeur.",
  },
  "yaml-comma": { message: "il manque une virgule entre deux éléments : « {value} ».", hint: "Ajoutez-la." },
  "yaml-closing": {
    message: "le crochet ou l'accolade ouverts ici ne sont pas refermés : « {value} ».",
    hint: "Refermez-les ; leur contenu doit être plus en retrait que la clé qui précède.",
  },
  "yaml-comment": {
    message: "il manque une espace devant le # du commentaire : « {value} ».",
    hint: "Ajoutez-la.",
  },
  "yaml-directive": {
    message: "une ligne qui commence par % est une directive YAML, et celle-ci n'existe pas : « {value} ».",
    hint: "Retirez cette ligne.",
  },
  "yaml-documents": {
    message: "un second document commence ici (---), alors qu'un fichier n'en contient qu'un.",
    hint: "Placez le second dans un autre fichier.",
  },
  "yaml-escape": {
    message: "ce n'est pas une séquence d'échappement valide entre guillemets : « {value} ».",
    hint: "Doublez les barres obliques inverses, ou utilisez des apostrophes.",
  },
  "yaml-indent": {
    message: "cette ligne n'est pas alignée avec celles du même niveau : « {value} ».",
    hint: "Alignez sur la même colonne les clés d'un même niveau.",
  },
  "yaml-key": {
    message: "ce ne peut pas être une clé : « {value} ».",
    hint: "Une clé est un texte court, sur une seule ligne.",
  },
  "yaml-large": {
    message: "ses alias se renvoient les uns aux autres, et leur contenu serait trop volumineux.",
    hint: "Écrivez les valeurs elles-mêmes.",
  },
  "yaml-nested": {
    message:
      "deux clés sont sur la même ligne, ou un élément de liste est moins en retrait que le premier : « {value} ».",
    hint: "Passez à la ligne avant la seconde clé ; mettez entre guillemets un texte qui contient deux points.",
  },
  "yaml-other": {
    message: "la syntaxe YAML n'est pas respectée : « {value} ».",
    hint: "Comparez cette ligne à ses voisines.",
  },
  "yaml-properties": {
    message: "une ancre (signe &) ou une étiquette (point d'exclamation) est mal placée : « {value} ».",
    hint: "Une seule de chaque, entre la clé et la valeur.",
  },
  "yaml-quote": {
    message: "le guillemet ouvert ici n'est pas refermé : « {value} ».",
    hint: "Refermez-le.",
  },
  "yaml-start": {
    message: "un texte ne peut pas commencer par ce caractère sans être entre guillemets : « {value} ».",
    hint: "Mettez le texte entre guillemets.",
  },
  "yaml-tab": {
    message: "une tabulation n'est pas permise en début de ligne.",
    hint: "Mettez des espaces pour le retrait.",
  },
  "yaml-tag": {
    message: "une étiquette (point d'exclamation) ne convient pas à ce qui la suit : « {value} ».",
    hint: "Retirez l'étiquette.",
  },
  "yaml-unexpected": {
    message: "il y a quelque chose en trop sur cette ligne : « {value} ».",
    hint: "Retirez-le, ou mettez tout le texte entre guillemets.",
  },
});
