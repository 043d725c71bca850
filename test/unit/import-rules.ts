/** Who may import what, and why nothing else. `**` of a folder is all below it. */
export type ImportRule = {
  /** Which files, by their path. The first rule that fits a file holds. */
  readonly of: RegExp;
  /** Which of our own files they may import. Their own folder always; src/error.ts and package.json's version too. */
  readonly mayImport: readonly RegExp[];
  readonly because: string;
};

const model = /^src\/model\//;
const plan = /^src\/plan\//;
const host = /^src\/host\//;
const api = /^src\/api\//;
const messages = /^src\/messages\//;
const images = /^src\/images\//;
const providers = /^src\/providers\//;
const runtime = /^src\/runtime\//;
const command = /^src\/host\/command\.ts$/;
const files = /^src\/host\/files\.ts$/;

export const importRules: readonly ImportRule[] = [
  { of: /^src\/error\.ts$/, mayImport: [], because: "everything imports the one error type; it can import nothing" },
  { of: model, mayImport: [], because: "nouns know nobody: whoever reads one needs to read nothing else" },
  {
    of: plan,
    mayImport: [model],
    because: "a plan is made of data alone, so that it can be tested and shown without a host",
  },
  {
    of: host,
    mayImport: [model, plan, runtime],
    because: "the host does what a step says; it must not know who asked, by what protocol, in what language",
  },
  {
    of: providers,
    mayImport: [model, command, files, images, runtime],
    because: "a provider runs as the user: what changes the host's network is not within its reach",
  },
  {
    of: images,
    mayImport: [model, command, files, runtime],
    because: "an image is built by the user, for every provider: it knows none of them",
  },
  { of: api, mayImport: [model, runtime], because: "the contract is read by both sides, and belongs to neither" },
  { of: messages, mayImport: [], because: "words are said of codes: whoever has a code can have its sentence" },
  {
    of: /^src\/runtime\//,
    mayImport: [],
    because: "what only Bun has is as small as can be, and would be written anew for another runtime",
  },
  {
    of: /^src\/daemon\//,
    mayImport: [model, plan, host, api, messages, runtime],
    because: "the service must not depend on how a user's programs are typed or run: no cli, no web, no providers",
  },
  {
    of: /^src\/cli\//,
    mayImport: [api, providers, model, messages, images, command, files, runtime, /^src\/labs\//],
    because:
      "a command asks the service: what it could do to the host by itself would be done without rights or a plan",
  },
  {
    of: /^src\/labs\//,
    mayImport: [model],
    because: "a lab file is a noun like the document: it is read and checked without a host",
  },
  {
    of: /^src\/web\//,
    mayImport: [api, providers, model, messages],
    because: "the dashboard is a second face of the same calls: it has no way of its own to the host",
  },
  {
    of: /^src\/main\.ts$/,
    mayImport: [/^src\/cli\/main\.ts$/, /^src\/daemon\//],
    because: "the executable only chooses whose main is run",
  },
];

/** A name of a package or of Node, and the only files that may use it. */
export const packageRules: readonly { readonly name: RegExp; readonly in: RegExp; readonly because: string }[] = [
  {
    name: /^node:child_process$/,
    in: /^src\/host\/command\.ts$/,
    because: "one place starts programs: with an argv, a clean environment and a time limit",
  },
  {
    name: /^bun(:|$)/,
    in: /^src\/runtime\//,
    because: "what only Bun has stays in one folder, so that another runtime stays possible",
  },
  {
    name: /^valibot$/,
    in: /^src\/(?!plan\/|messages\/)/,
    because: "what comes from outside is checked where it comes in",
  },
  { name: /^yaml$/, in: /^src\/(model|labs)\//, because: "documents are parsed by the noun that they are" },
  {
    name: /^(?!node:|bun(:|$)|valibot$|yaml$|src\/|package\.json$)/,
    in: /^$/,
    because: "each package is one more that somebody else writes: there are two",
  },
];

/** What model and plan may take of Node: isIPv4 is a pure function. */
export const pureImports: readonly string[] = ["node:net"];
export const purePlaces = /^src\/(model|plan|messages|error\.ts)/;

/** Names that make a function's answer depend on when and where it is asked. */
export const impureNames: readonly RegExp[] = [
  /^Date\.now$/,
  /^new Date$/,
  /^Math\.random$/,
  /^performance(\.|$)/,
  /^process(\.|$)/,
  /^set(Timeout|Interval|Immediate)$/,
  /^fetch$/,
  /^crypto(\.|$)/,
  /^console(\.|$)/,
  /^Bun(\.|$)/,
];

/** Names that tell nothing of what is inside. */
export const emptyWords = ["manager", "helper", "util", "common", "misc", "data", "info"] as const;
