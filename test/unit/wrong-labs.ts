/** Lab files that are wrong, and all that is wrong with them: the line, what stands there, and the rule it breaks. */
export type WrongLab = {
  readonly name: string;
  readonly file?: string;
  readonly text: string;
  readonly faults: readonly (readonly [line: number, value: string, rule: string])[];
};

function wrong(name: string, text: string, ...faults: WrongLab["faults"]): WrongLab {
  return { name, text: text.replace(/^\n/, ""), faults };
}

const web = "machines:\n  web: {}\n";

/** What the reader of YAML finds. */
const syntax: readonly WrongLab[] = [
  wrong("an empty file", "", [1, "", "lab-blank"]),
  wrong("nothing but a comment", "# TP\n", [1, "", "lab-blank"]),
  wrong("a text instead of keys", "machines web\n", [1, "machines web", "value-unexpected"]),
  wrong("a tab", "machines:\n\tweb: {}\n", [2, "web: {}", "yaml-tab"]),
  wrong("a brace that is not closed", "machines:\n  web: {image: tiny\n  db: {}\n", [
    ...([2, "web: {image: tiny", "yaml-closing"] as const),
  ]),
  wrong("a bracket that is closed by a brace", "machines:\n  web: {nics: [lab}\n", [
    ...([2, "web: {nics: [lab}", "yaml-closing"] as const),
  ]),
  wrong("a quote that is not closed", 'name: "tp\nmachines:\n  web: {}\n', [1, 'name: "tp', "yaml-quote"]),
  wrong("an apostrophe inside apostrophes", "machines:\n  web: {}\nname: 'l'eau'\n", [
    ...([3, "name: 'l'eau'", "yaml-unexpected"] as const),
  ]),
  wrong("a colon that is missing", "machines\n  web: {}\n", [1, "machines", "yaml-colon"]),
  wrong("two keys on one line", "machines: web: {}\n", [1, "machines: web: {}", "yaml-nested"]),
  wrong("a comma that is missing", "machines:\n  web: {image: tiny memory: 128}\n", [
    ...([2, "web: {image: tiny memory: 128}", "yaml-block-in-flow"] as const),
  ]),
  wrong("a line too far to the right", "machines:\n  web: {}\n   db: {}\n", [3, "db: {}", "yaml-indent"]),
  wrong("a character that begins no text", "machines:\n  web: {image: @tiny}\n", [
    ...([2, "web: {image: @tiny}", "yaml-start"] as const),
  ]),
  wrong("an alias of nothing", "machines:\n  web: *nothing\n", [2, "web: *nothing", "yaml-alias-unknown"]),
  wrong(
    "escapes that are none, both",
    'machines:\n  a: {script: "\\q"}\n  b: {script: "\\y"}\n',
    [...([2, 'a: {script: "\\q"}', "yaml-escape"] as const)],
    [3, 'b: {script: "\\y"}', "yaml-escape"],
  ),
  wrong("two documents", `${web}---\n${web}`, [3, "---", "yaml-documents"]),
  wrong(
    "names twice, and what is wrong besides",
    "machines:\n  web: {}\n  web: {imag: tiny}\n  db: {}\n  db: {}\n",
    ...([
      [3, "web", "key-twice"],
      [3, "imag", "lab-key-unknown"],
      [5, "db", "key-twice"],
    ] as const),
  ),
];

/** What a key or a value of its own is wrong with. */
const values: readonly WrongLab[] = [
  wrong("no machines", "name: tp\n", [1, "machines", "key-missing"]),
  wrong("machines without a value", "name: tp\nmachines:\n", [2, "machines", "lab-empty"]),
  wrong("machines that are none", "machines: {}\n", [1, "{}", "value-unexpected"]),
  wrong("machines in a list", "machines:\n  - web\n  - db\n", [1, '["web","db"]', "value-unexpected"]),
  wrong("a key on top that is none", `${web}netwrks:\n  dmz: {}\n`, [3, "netwrks", "lab-key-unknown"]),
  wrong(
    "keys of a machine that are none",
    "machines:\n  web:\n    imag: tiny\n    memoire: 128\n",
    [...([3, "imag", "lab-key-unknown"] as const)],
    [4, "memoire", "lab-key-unknown"],
  ),
  wrong(
    "values on the line below",
    "machines:\n  web:\n    memory:\n      many\n    provider:\n      kvm\n",
    [...([3, "many", "lab-memory"] as const)],
    [5, "kvm", "provider-unknown"],
  ),
  wrong(
    "too little memory, and a number in quotes",
    'machines:\n  web: {memory: 3}\n  db: {memory: "128"}\n',
    [...([2, "3", "lab-memory"] as const)],
    [3, "128", "lab-memory"],
  ),
  wrong("a name of its own that is none", `name: TP 1\n${web}`, [1, "TP 1", "lab-name"]),
  wrong(
    "names that are none",
    "networks:\n  Salle_1: {}\nmachines:\n  Web: {}\n  host: {}\n",
    [...([2, "Salle_1", "lab-network-name"] as const)],
    [4, "Web", "lab-name"],
    [5, "host", "lab-name-reserved"],
  ),
  wrong("a network's name that is too long", `networks:\n  a-network-of-mine: {}\n${web}`, [
    ...([2, "a-network-of-mine", "lab-network-name"] as const),
  ]),
  wrong("an image's name that is none", "machines:\n  web:\n    image: ../tiny\n", [3, "../tiny", "lab-image-name"]),
  wrong("a reach that is none", `networks:\n  dmz: {reach: isolate}\n${web}`, [2, "isolate", "reach-invalid"]),
  wrong("a subnet's host", `networks:\n  dmz: {subnet: 10.11.0.1/24}\n${web}`, [2, "10.11.0.1/24", "subnet-invalid"]),
  wrong(
    "subnets that are none",
    `networks:\n  a: {subnet: 10.0.0/24}\n  b: {subnet: 10.12.0.0/31}\n${web}`,
    [...([2, "10.0.0/24", "subnet-invalid"] as const)],
    [3, "10.12.0.0/31", "prefix-invalid"],
  ),
  wrong("an address without a prefix", `networks:\n  dmz: {address: 10.11.0.1}\n${web}`, [
    ...([2, "10.11.0.1", "address-without-prefix"] as const),
  ]),
  wrong(
    "a range outside of the subnet",
    `networks:\n  dmz:\n    subnet: 10.11.0.0/24\n    range: 10.12.0.5-10.12.0.9\n${web}`,
    [...([4, "10.12.0.5-10.12.0.9", "range-outside"] as const)],
  ),
  wrong("a switch that is neither on nor off", `networks:\n  dmz: {dhcp: maybe}\n${web}`, [
    2,
    "maybe",
    "value-unexpected",
  ]),
  wrong("more addresses than there are", `networks:\n  dmz: {max: 5000}\n${web}`, [2, "5000", "lab-max"]),
  wrong("a network that can only be an administrator's", `networks:\n  dmz: {reach: bridged}\n${web}`, [
    ...([2, "bridged", "bridge-shared-only"] as const),
  ]),
  wrong(
    "cards that are none",
    "machines:\n  web: {nics: lab}\n  db: {nics: [12, {host: 20}]}\n  ns: {nics: []}\n",
    [...([2, "lab", "value-unexpected"] as const)],
    [3, "12", "value-unexpected"],
    [3, "network", "key-missing"],
    [4, "[]", "value-unexpected"],
  ),
  wrong("a host part of nothing", "machines:\n  web: {nics: [{network: lab, host: 0}]}\n", [2, "0", "lab-host"]),
  wrong(
    "files that are none",
    `
machines:
  web:
    files:
      etc/motd: hello
      /etc/a: {content: a, source: b}
      /etc/b: {mode: "0999", content: b}
      /etc/c: {source: nowhere}
      /etc/d: {source: ../d}
`,
    [4, "etc/motd", "lab-path"],
    [5, "/etc/a", "lab-content"],
    [6, "0999", "lab-mode"],
    [7, "nowhere", "lab-file-source"],
    [...([8, "../d", "lab-file-source"] as const)],
  ),
  wrong(
    "packages that are none",
    "machines:\n  web:\n    image: debian-13\n    packages: [apache2, PHP, 'a b']\n",
    [...([4, "PHP", "lab-package"] as const)],
    [4, "a b", "lab-package"],
  ),
  wrong("a password with a colon", "machines:\n  web: {password: 'a:b'}\n", [2, "a:b", "lab-password"]),
];

/** What parts of the file are wrong together. */
const together: readonly WrongLab[] = [
  wrong("packages in tiny", "machines:\n  web:\n    image: tiny\n    packages: [nginx, php]\n", [
    ...([4, "nginx php", "first-boot-packages"] as const),
  ]),
  wrong(
    "host parts that machines cannot have",
    `
networks:
  dmz: {subnet: 10.11.0.0/24}
machines:
  a: {nics: [{network: dmz, host: 300}]}
  b: {nics: [{network: dmz, host: 1}]}
  c: {nics: [{network: dmz, host: 255}]}
  d: {nics: [{network: dmz, host: 20}]}
  e:
    nics:
      - network: dmz
        host: 20
`,
    [4, "300", "lab-host-outside"],
    [5, "1", "lab-host-switch"],
    [6, "255", "lab-host-outside"],
    [11, "20", "lab-host-twice"],
  ),
  wrong(
    "two machines on a /30",
    `
networks:
  link: {subnet: 10.11.0.0/30}
machines:
  a: {}
  b: {}
`,
    [5, "link", "lab-network-full"],
  ),
  wrong(
    "more machines than addresses are given",
    `
networks:
  dmz: {max: 1}
machines:
  a: {nics: [dmz]}
  b:
    nics: [lab, dmz]
`,
    [6, "dmz", "lab-network-full"],
  ),
  wrong(
    "subnets that overlap",
    `
networks:
  a: {subnet: 10.11.0.0/24}
  b: {subnet: 10.11.0.128/25}
  c: {address: 10.11.0.201/29}
machines:
  web: {}
`,
    [3, "10.11.0.128/25", "lab-subnet-twice"],
    [4, "10.11.0.201/29", "lab-subnet-twice"],
  ),
  wrong(
    "one domain for two networks",
    `
networks:
  a: {domain: tp.internal}
  b: {domain: tp.internal}
machines:
  web: {}
`,
    [3, "tp.internal", "network-clash"],
  ),
  wrong(
    "subnet and address that differ",
    `
networks:
  dmz:
    subnet: 10.11.0.0/24
    address: 10.12.0.1/24
machines:
  web: {}
`,
    [4, "10.12.0.1/24", "subnet-differs"],
  ),
  wrong(
    "networks that nobody makes",
    "networks:\n  dmz: {}\nmachines:\n  web: {nics: [dnz, {network: salle, host: 20}]}\n",
    [...([4, "dnz", "lab-no-network"] as const)],
    [4, "salle", "lab-no-network"],
  ),
  wrong(
    "machines that wait for each other, and for nobody",
    `
machines:
  a: {after: [b]}
  b: {after: [a]}
  c: {after: [c, d]}
`,
    [2, "a → b → a", "lab-cycle"],
    [4, "d", "lab-no-machine"],
    [4, "c → c", "lab-cycle"],
  ),
  wrong(
    "checks that cannot be made",
    `
machines:
  web: {}
check:
  - {from: wbe, to: web, ping: true}
  - {from: web, to: db, port: 80}
  - {from: web}
  - {to: web, ping: true}
  - {from: web, to: web, port: 70000}
  - {from: web, to: web, ping: false}
  - {from: web, to: web, reach: never}
  - {from: web, run: id, expct: root}
  - {from: web, to: web, run: id}
`,
    [4, "wbe", "lab-no-machine"],
    [5, "db", "lab-no-machine"],
    [6, "web", "lab-check-empty"],
    [7, "from", "key-missing"],
    [...([8, "70000", "lab-port"] as const)],
    [9, "false", "value-unexpected"],
    [10, "never", "value-unexpected"],
    [11, "expct", "lab-key-unknown"],
    [...([12, "web", "lab-check-empty"] as const)],
  ),
  wrong(
    "a fault of each kind at once",
    `
name: Tp
networks:
  dmz: {subnet: 10.11.0.0/24, reach: far}
machines:
  web:
    image: tiny
    packages: [nginx]
    nics: [{network: dmz, host: 300}, nowhere]
  db: {memroy: 128, after: [wbe]}
check:
  - {from: db, to: web, port: http}
`,
    [1, "Tp", "lab-name"],
    [3, "far", "reach-invalid"],
    [7, "nginx", "first-boot-packages"],
    [8, "nowhere", "lab-no-network"],
    [...([9, "memroy", "lab-key-unknown"] as const)],
    [9, "wbe", "lab-no-machine"],
    [11, "http", "lab-port"],
  ),
  wrong(
    "consequences of a fault are none of their own",
    `
networks:
  Dmz: {subnet: 10.11.0.1/24}
machines:
  Web: {nics: [{network: Dmz, host: 300}]}
  db: {nics: [Dmz], after: [Web]}
check:
  - {from: Web, to: db, ping: true}
`,
    [2, "Dmz", "lab-network-name"],
    [2, "10.11.0.1/24", "subnet-invalid"],
    [4, "Web", "lab-name"],
  ),
];

export const wrongLabs: readonly WrongLab[] = [...syntax, ...values, ...together];
