import type { Language } from "./messages.ts";

type Words = Readonly<Record<Language, string>>;

/** What the system says when it refuses (errno(3)), by its code. The English is what programs print, too. */
const refusals: Readonly<Record<string, Words>> = {
  EACCES: { en: "Permission denied", fr: "permission refusée" },
  EADDRINUSE: { en: "Address already in use", fr: "adresse déjà utilisée" },
  EADDRNOTAVAIL: { en: "Cannot assign requested address", fr: "adresse indisponible ici" },
  EAGAIN: { en: "Resource temporarily unavailable", fr: "ressource indisponible pour l'instant" },
  EBADF: { en: "Bad file descriptor", fr: "descripteur de fichier invalide" },
  EBUSY: { en: "Device or resource busy", fr: "périphérique ou ressource occupé" },
  ECONNREFUSED: { en: "Connection refused", fr: "connexion refusée" },
  ECONNRESET: { en: "Connection reset by peer", fr: "connexion coupée par l'autre bout" },
  EDQUOT: { en: "Disk quota exceeded", fr: "quota de disque dépassé" },
  EEXIST: { en: "File exists", fr: "le fichier existe déjà" },
  EFBIG: { en: "File too large", fr: "fichier trop gros" },
  EHOSTUNREACH: { en: "No route to host", fr: "aucune route vers cet hôte" },
  EINVAL: { en: "Invalid argument", fr: "argument invalide" },
  EIO: { en: "Input/output error", fr: "erreur d'entrée-sortie" },
  EISDIR: { en: "Is a directory", fr: "c'est un dossier" },
  ELOOP: { en: "Too many levels of symbolic links", fr: "trop de liens symboliques" },
  EMFILE: { en: "Too many open files", fr: "trop de fichiers ouverts" },
  ENAMETOOLONG: { en: "File name too long", fr: "nom de fichier trop long" },
  ENETUNREACH: { en: "Network is unreachable", fr: "réseau inaccessible" },
  ENODEV: { en: "No such device", fr: "périphérique absent" },
  ENOENT: { en: "No such file or directory", fr: "fichier ou dossier introuvable" },
  ENOMEM: { en: "Cannot allocate memory", fr: "mémoire insuffisante" },
  ENOSPC: { en: "No space left on device", fr: "plus de place sur le disque" },
  ENOTDIR: { en: "Not a directory", fr: "ce n'est pas un dossier" },
  ENOTEMPTY: { en: "Directory not empty", fr: "le dossier n'est pas vide" },
  ENOTFOUND: { en: "Name or service not known", fr: "nom inconnu du DNS" },
  EPERM: { en: "Operation not permitted", fr: "opération interdite" },
  EPIPE: { en: "Broken pipe", fr: "tube rompu" },
  EROFS: { en: "Read-only file system", fr: "système de fichiers en lecture seule" },
  ETIMEDOUT: { en: "Connection timed out", fr: "délai dépassé" },
  ETXTBSY: { en: "Text file busy", fr: "programme en cours d'exécution" },
};

/** What programs add around it, and what our parsers say of a value. */
const phrases: readonly (readonly [RegExp, string])[] = [
  [/^reply$/, "réponse inattendue"],
  [/\bExecutable not found in \$PATH: ?"?([^"]*)"?/, "programme introuvable : $1"],
  [/^Invalid (?:type|key|value|length): Expected (.+) but received (.+)$/, "attendu : $1 ; reçu : $2"],
  [/^(?:SyntaxError: )?JSON Parse error: .*$/, "JSON illisible"],
  [/^The operation (?:timed out|was aborted).*$/, "délai dépassé"],
  [/^Unable to connect\. Is the computer able to access the url\?$/, "connexion impossible"],
  [/^cannot overwrite directory (\S+) with non-directory.*$/, "$1 est un dossier"],
  [/^cannot overwrite non-directory (\S+) with directory.*$/, "$1 n'est pas un dossier"],
  [/^(\S+): no small regular file$/, "$1 : pas un petit fichier ordinaire"],
];

const byText = Object.values(refusals).map(({ en, fr }) => [new RegExp(`\\b${en}\\b`, "gi"), fr] as const);

/** `Error: ENOENT: no such file or directory, open '/x'`, `connect ECONNREFUSED /run/x.sock`, `EACCES` */
const systemError = /^(?:[A-Za-z]*Error: )?(?:[a-z]+ )?(E[A-Z]{2,})\b/;

/** Why something failed, as the system or a program put it, in the reader's language as far as we know the words. */
export function systemWords(said: string, language: Language): string {
  const code = systemError.exec(said)?.[1] ?? "";
  const refusal = Object.hasOwn(refusals, code) ? refusals[code] : undefined;
  if (refusal !== undefined) return refusal[language];
  if (language === "en") return said;
  const plain = phrases.reduce((text, [wanted, words]) => text.replace(wanted, words), said);
  return byText.reduce((text, [wanted, words]) => text.replaceAll(wanted, words), plain);
}
