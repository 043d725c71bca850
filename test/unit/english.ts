/** Frequent words of English that are none of French. */
const english = new Set(
  (
    "the of is are was were be been being this that these those with without within from into onto by for and not " +
    "nor but if then than when where which what who whose why how has have had do does did done will would shall " +
    "should can could may might must it its your you we our they their there here at in to an as so such no yes only " +
    "also already again still yet never always any all some each every none both other another same more most less " +
    "first last next new old own found given used using set get got make made take taken run running start started " +
    "stop stopped stopping delete deleted create created remove removed write written read show shown see list add " +
    "added change changed know unknown missing expected failed failure failing error wrong invalid denied " +
    "allowed directory file files folder path name names named user users group groups password key " +
    "keys value values setting settings network networks switch machine's address addresses range pool lease leases " +
    "state up down out off open opened close closed lost left right between before after while until since because " +
    "host guest router server client disk full space memory kernel device driver interface's link links line lines " +
    "packet packets frame frames rule rules answer answered reply request cannot unable please try tried wait " +
    "waiting ready default defaults usage command commands example help word words " +
    "unexpected token end reached reset plug plugged unplugged cable paused provider snapshot snapshots"
  ).split(" "),
);

/** What a reader types or finds in a file as it stands, and so is in no language. */
const literal: readonly RegExp[] = [
  // Commands, up to where the sentence goes on.
  /\b(?:sudo |export )?(?:tarr-stepsd?|systemctl|journalctl|ip|ping|curl|ls|df|rm|apt|adduser|usermod|tee|echo|sysctl|tar|qemu-img|getent|virsh|VBoxManage|vmrun|lxc-[a-z]+|modprobe|ssh-keygen|ssh|mv|man|sha256sum|VBoxManage|nft|ss|chmod|setfacl|findmnt|mount|newgrp|wireshark|export|kill|cat|free|docker|dpkg-reconfigure|vmware-networks|getfacl|id|modinfo|chown|mkdir|nmcli|stat|ps|apt-get)\b(?: (?![;:—–(]|(?:ou|puis|et|pour|si|:) )[^ ,;)»]+)*/g,
  // MACs: one byte in 256 is "be".
  /\b(?:[0-9a-f]{2}:){5}[0-9a-f]{2}\b/g,
  // Settings, options, paths, addresses, holes, units.
  /[\w-]+=[^ ,;)]*/g,
  /(?<= |^|\[|\()-{1,2}[\w-]+/g,
  /(?:\/|~|\.\/)[\w.{}/@:-]+/g,
  /\{[a-z]+(?=[|}])/g,
  /\$\w+/g,
  /\b[\w-]+\.(?:yaml|internal|iso|vmx|gz|xz|zst|tar|org|com|service|socket|conf|pcap|log)\b/g,
  /"[^"]*"/g,
  // Menus of Workstation, which has no French.
  /\b(?:VM|Edit)(?:(?: >|,) [A-Z]\w+(?: [A-Z]\w+)*)+/g,
  /\bvagrant box add\b.*/g,
  // Keys of the lab file and of the document, named in a sentence.
  /(?<=\b(?:partie|sous|noms de|policy\.|ni|[Dd]ites|ou) ?)(?:networks|files|after|to|run)\b/g,
  /(?<=\b(?:clé|changez|Choisissez|ou|ce sont|subnet,) ?)(?:name|subnet|range|memory)\b/g,
];

/** Terms of the field, keywords of the files, names of programs. */
const terms = new Set(
  "nat routed isolated bridged proxy-arp auto lan-dhcp on off ssh dhcp dns tap none true false image set host".split(
    " ",
  ),
);

/** Words of English in a text that is to be French. */
export function englishIn(text: string): string[] {
  const prose = literal.reduce((left, one) => left.replaceAll(one, " "), text);
  const words = prose.toLowerCase().match(/(?<![\p{L}'’-])[a-z][a-z-]+(?![\p{L}'’-])/gu) ?? [];
  return words.filter((word) => english.has(word) && !terms.has(word));
}
