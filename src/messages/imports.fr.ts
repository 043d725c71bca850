import type { ErrorWords } from "./errors.en.ts";
import type { ImportCode } from "./imports.en.ts";

/** What can be wrong with an image that comes from elsewhere, and with snapshots. */
export const importsFr = (): Readonly<Record<ImportCode, ErrorWords>> => ({
  "checksum-invalid": {
    message: "« {value} » n'est pas une somme SHA-256.",
    hint: "Elle a 64 chiffres hexadécimaux, comme les affiche sha256sum.",
  },
  "checksum-needed": {
    message: "Ce qui vient de {url} n'est accepté qu'avec sa somme de contrôle.",
    hint: "Ajoutez --sha256 HEXA, copié d'une page à laquelle vous vous fiez.",
  },
  "url-invalid": {
    message: "« {value} » n'est pas une adresse http ou https.",
    hint: "tarr-steps image import NOM https://HÔTE/FICHIER --sha256 HEXA",
  },
  "cloud-unknown": {
    message: "{name} n'est pas une image cloud de Debian.",
    hint: "Ce sont : {known}. Ou nommez un fichier : tarr-steps image import {name} FICHIER",
  },
  "image-build-failed": {
    message: "L'image {name} n'a pas pu être construite : {said}",
    hint: "Réessayez, ce qui a été téléchargé est gardé : tarr-steps image build {typed}",
  },
  "image-damaged": {
    message: "L'image {name} est inutilisable : {path} manque, ou n'est pas ce qu'il devrait être.",
    hint: "Supprimez-la, puis construisez-la ou importez-la de nouveau : tarr-steps image delete {name}",
  },
  "image-exists": {
    message: "L'image {name} existe déjà.",
    hint: "Choisissez un autre nom, ou : tarr-steps image delete {name}",
  },
  "image-in-use": {
    message: "Des machines sont faites de l'image {name} : {machines}.",
    hint: "Supprimez-les d'abord : tarr-steps machine stop NOM && tarr-steps machine delete NOM",
  },
  "image-recipe-near": {
    message: "Il n'y a pas d'image « {name} » à construire, mais il y a ici une recette {file}.",
    hint: "tarr-steps image build {file}",
  },
  "image-source": {
    message: "{path} ne peut pas être lu ({reason}).",
    hint: "Nommez un fichier que vous pouvez lire : ls -l {path}",
  },
  "image-format": {
    message: "{path} n'est ni un disque ni une archive d'un type connu.",
    hint: "Types connus : disques (qcow2, raw, vdi, vmdk), ova, boîte Vagrant, tar, chacun aussi en .gz, .xz, .zst ou .bz2, et ce qu'écrit tarr-steps image export.",
  },
  "image-installer": {
    message: "{path} est un CD d'installation, pas un système installé.",
    hint: "Installez-le dans une machine faite avec votre hyperviseur, puis importez le disque de cette machine : tarr-steps image import NOM DISQUE",
  },
  "image-refers": {
    message: "{path} n'est pas complet : une partie est dans un autre fichier ({other}).",
    hint: "Rendez-le complet là où sont les deux : qemu-img convert -O qcow2 DISQUE COMPLET.qcow2",
  },
  "image-broken": {
    message: "{path} est endommagé : {said}",
    hint: "Téléchargez-le ou copiez-le à nouveau, et comparez sa somme : sha256sum {path}",
  },
  "image-too-large": { message: "Le disque {path} dépasse {most}.", hint: "Importez-en un plus petit." },
  "image-disks": {
    message: "{path} a {count|disque|disques} que l'on trouve ; une image en a un.",
    hint: "Exportez la machine avec son seul disque système.",
  },
  "image-part-missing": {
    message: "{path} ne contient pas {part}, que sa description mentionne.",
    hint: "Téléchargez-le ou exportez-le à nouveau, avec tous ses fichiers.",
  },
  "image-box": {
    message: "La boîte Vagrant {path} ne contient aucun disque qui puisse être importé (fournisseur : {provider}).",
    hint: "Prenez la même boîte pour libvirt ou virtualbox, par exemple : vagrant box add BOÎTE --provider libvirt",
  },
  "image-no-boot": {
    message: "Le disque {path} n'a pas de chargeur de démarrage : aucune machine n'en démarrerait.",
    hint: "Importez le disque dont le système démarre.",
  },
  "bundle-broken": {
    message: "{path} n'est pas une image complète de tarr-steps image export.",
    hint: "Exportez-la à nouveau : tarr-steps image export NOM FICHIER",
  },
  "archive-truncated": {
    message: "L'archive {path} est tronquée ou endommagée.",
    hint: "Téléchargez-la ou copiez-la à nouveau, et comparez sa somme : sha256sum {path}",
  },
  "archive-entry": {
    message: "L'archive {path} contient quelque chose d'inconnu : {entry}",
    hint: "Refaites-la avec : tar --format=pax --numeric-owner -C RACINE -cf FICHIER .",
  },
  "archive-outside": {
    message: "L'archive {path} écrirait hors de sa racine : {entry}",
    hint: "Ne lui faites pas confiance. La vôtre se fait ainsi : tar --numeric-owner -C RACINE -cf FICHIER .",
  },
  "archive-twice": {
    message: "L'archive {path} contient {entry} deux fois.",
    hint: "Refaites-la avec : tar --numeric-owner -C RACINE -cf FICHIER .",
  },
  "archive-link": {
    message: "L'archive {path} passe par un lien, ou lie ce qu'elle ne contient pas : {entry}",
    hint: "Refaites-la avec : tar --numeric-owner -C RACINE -cf FICHIER .",
  },
  "archive-device": {
    message: "L'archive {path} contient un périphérique hors de /dev : {entry}",
    hint: "Ne lui faites pas confiance, ou refaites-la sans lui.",
  },
  "archive-ids": {
    message:
      "Dans l'archive {path}, {entry} appartient à un identifiant au-delà de 65535, que les conteneurs n'ont pas.",
    hint: "Refaites-la dans le système lui-même : tar --numeric-owner --one-file-system -C / -cf FICHIER .",
  },
  "archive-no-root": {
    message:
      "L'archive {path} ne contient pas la racine d'un système Linux : ni usr, ni bin, ni etc au premier niveau.",
    hint: "Faites-la depuis la racine : tar --numeric-owner -C RACINE -cf FICHIER .",
  },
  "checksum-wrong": {
    message: "{path} n'est pas ce qu'il devrait être : sa somme est {found}, et non {wanted}.",
    hint: "Téléchargez-le à nouveau, et comparez la somme avec celle de l'origine.",
  },
  "download-failed": {
    message: "{url} ne peut pas être téléchargé ({reason}).",
    hint: "Vérifiez l'adresse et le réseau : curl -I {url}",
  },
  "download-cut": {
    message: "Le téléchargement de {url} s'est arrêté après {got} sur {whole} Mio.",
    hint: "Tapez la même commande : il reprendra de là.",
  },
  "disk-full": {
    message: "Il ne reste pas assez de place dans {path}.",
    hint: "Voyez ce qui la prend : df -h {path} ; tarr-steps image list",
  },
  "file-exists": {
    message: "{path} existe déjà.",
    hint: "Choisissez un autre nom de fichier, ou supprimez-le : rm {path}",
  },
  "qemu-img-missing": {
    message: "Les disques sont convertis avec qemu-img, qui n'est pas installé.",
    hint: "Demandez à un administrateur : sudo apt install qemu-utils",
  },
  "snapshot-exists": {
    message: "{name} a déjà un instantané {snapshot}.",
    hint: "Choisissez un autre nom, ou : tarr-steps machine snapshot {name} {snapshot} --delete",
  },
  "snapshot-unknown": {
    message: "{name} n'a pas cet instantané : {snapshot}",
    hint: "Voyez lesquels il y a : tarr-steps machine snapshots {name}",
  },
  "snapshot-none": {
    message: "{name} n'a aucun instantané.",
    hint: "Pour en prendre un : tarr-steps machine snapshot {name}",
  },
  "snapshot-which": {
    message: "{name} a plusieurs instantanés : {known}.",
    hint: "Dites lequel : tarr-steps machine restore {name} INSTANTANÉ",
  },
  "snapshot-which-delete": {
    message: "{name} a plusieurs instantanés : {known}.",
    hint: "Dites lequel : tarr-steps machine snapshot {name} INSTANTANÉ --delete",
  },
  "snapshot-running": {
    message: "Avec {provider}, un instantané se prend d'une machine éteinte, et {name} ne l'est pas.",
    hint: "tarr-steps machine stop {name}",
  },
});
