import * as v from "valibot";

/**
 * The wire contract of io.tarrsteps.varlink as types: the same names, checked against each other by a test. Replies are
 * checked too: a service of another version must not make the command line print `undefined`.
 */
const name = v.pipe(v.string(), v.maxLength(300));

const setting = v.object({ key: name, value: name });
const dhcp = v.object({ enabled: v.boolean(), first: v.string(), last: v.string(), max: v.number() });

/** A subnet that is reached by something else too; `proposed`: where the network would be alone. */
const clash = v.object({ subnet: v.string(), interface: v.string(), proposed: v.nullish(v.string(), null) });
const rival = v.object({ address: v.string(), mac: v.string() });
const network = v.object({
  name: v.string(),
  switch: v.string(),
  address: v.string(),
  reach: v.string(),
  wanted: v.string(),
  why: v.string(),
  pool: v.nullish(v.string(), null),
  rivals: v.array(rival),
  clash: v.nullish(clash, null),
  state: v.picklist(["up", "down"]),
  domain: v.string(),
  dhcp,
  ports: v.number(),
  uplink: v.nullish(v.string(), null),
  pending: v.boolean(),
  owner: v.nullish(v.string(), null),
  uid: v.nullish(v.number(), null),
  changes: v.array(setting),
});

const port = v.object({
  id: v.string(),
  network: v.string(),
  name: v.string(),
  fqdn: v.string(),
  kind: v.string(),
  interface: v.string(),
  switch: v.string(),
  mac: v.string(),
  address: v.nullish(v.string(), null),
  reserved: v.string(),
  owner: v.string(),
  uid: v.number(),
  state: v.picklist(["up", "down"]),
  /** Seconds since 1970 of the lease's last grant. */
  leased: v.nullish(v.number(), null),
  cable: v.picklist(["in", "out"]),
  line: v.array(setting),
});

const step = v.object({ kind: v.string(), subject: v.string(), reason: v.string(), detail: v.string() });
const change = v.object({ key: v.string(), before: v.string(), after: v.string() });
const move = v.object({ name: v.string(), network: v.string(), before: v.string(), after: v.string() });
const left = v.object({ service: v.picklist(["dns", "dhcp"]), port: v.number(), holder: v.string() });
const values = v.record(v.string(), v.string());
const finding = v.object({ code: v.string(), values, text: v.string() });
const trial = v.object({
  network: v.string(),
  reach: v.string(),
  uplink: v.nullish(v.string(), null),
  left: v.number(),
});
const check = v.object({ id: v.string(), status: v.picklist(["pass", "warn", "fail"]), values });

const refusal = v.object({
  of: v.picklist(["network", "port", "deletion"]),
  index: v.number(),
  code: v.string(),
  values,
  message: v.string(),
  hint: v.string(),
});

/** Of a capture: frames, seconds. */
export const mostCaptured = 1_000_000;
const limit = v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(mostCaptured));

/** Of one question: each is checked against all others, and everybody else waits meanwhile. */
/** What one question about the future may be about. */
export const mostForeseen = { networks: 32, ports: 256 } as const;
const { networks: mostNetworks, ports: mostPorts } = mostForeseen;

const settings = v.pipe(v.array(setting), v.maxLength(20));

export const methods = {
  GetStatus: {
    parameters: v.strictObject({}),
    reply: v.object({
      version: v.string(),
      computer: v.string(),
      networks: v.array(network),
      pending: v.boolean(),
      problem: v.nullish(finding, null),
      trial: v.nullish(trial, null),
      undone: v.nullish(finding, null),
    }),
  },
  GetQuotas: {
    parameters: v.strictObject({}),
    reply: v.object({ memory: v.nullish(v.number(), null), disk: v.nullish(v.number(), null) }),
  },
  ListNetworks: { parameters: v.strictObject({}), reply: v.object({ networks: v.array(v.string()) }) },
  ListPorts: { parameters: v.strictObject({}), reply: v.object({ ports: v.array(port) }) },
  CreatePort: {
    parameters: v.strictObject({ network: name, name, kind: name, mac: v.nullish(name), host: v.nullish(v.number()) }),
    reply: v.object({ port }),
  },
  SetPort: {
    parameters: v.strictObject({ id: name, up: v.nullish(v.boolean()), reset: v.boolean(), settings }),
    reply: v.object({ port }),
  },
  Capture: {
    parameters: v.strictObject({ id: name, count: v.nullish(limit), seconds: v.nullish(limit) }),
    reply: v.object({ pcap: v.string(), frames: v.number(), dropped: v.number() }),
  },
  Foresee: {
    parameters: v.strictObject({
      deletedNetworks: v.pipe(v.array(name), v.maxLength(mostNetworks)),
      deletedPorts: v.pipe(v.array(name), v.maxLength(mostPorts)),
      networks: v.pipe(
        v.array(v.strictObject({ network: name, subnet: v.nullish(name), settings })),
        v.maxLength(mostNetworks),
      ),
      ports: v.pipe(
        v.array(
          v.strictObject({
            ...{ network: name, name: v.nullish(name), kind: name },
            ...{ host: v.nullish(v.number()), mac: v.nullish(name) },
          }),
        ),
        v.maxLength(mostPorts),
      ),
    }),
    reply: v.object({ refusals: v.array(refusal) }),
  },
  DeletePort: { parameters: v.strictObject({ id: name }), reply: v.object({}) },
  CreateNetwork: {
    parameters: v.strictObject({ network: name, subnet: v.nullish(name), settings, shared: v.boolean() }),
    reply: v.object({ network, steps: v.array(step), left: v.nullish(v.array(left), []) }),
  },
  DeleteNetwork: { parameters: v.strictObject({ network: name }), reply: v.object({ steps: v.array(step) }) },
  SetNetwork: {
    parameters: v.strictObject({
      network: name,
      settings,
      apply: v.boolean(),
      dryRun: v.boolean(),
    }),
    reply: v.object({
      network,
      steps: v.array(step),
      pending: v.boolean(),
      trial: v.nullish(trial, null),
      also: v.nullish(v.array(change), []),
      moved: v.nullish(v.array(move), []),
    }),
  },
  Confirm: { parameters: v.strictObject({}), reply: v.object({ trial }) },
  GetPlan: {
    parameters: v.strictObject({}),
    reply: v.object({ steps: v.array(step), pending: v.boolean(), moved: v.nullish(v.array(move), []) }),
  },
  Reload: {
    parameters: v.strictObject({}),
    reply: v.object({
      steps: v.array(step),
      trial: v.nullish(trial, null),
      unknown: v.nullish(v.array(v.string()), []),
      moved: v.nullish(v.array(move), []),
    }),
  },
  StartNetwork: { parameters: v.strictObject({ network: name }), reply: v.object({ steps: v.array(step) }) },
  StopNetwork: { parameters: v.strictObject({ network: name }), reply: v.object({ steps: v.array(step) }) },
  GetRights: {
    parameters: v.strictObject({}),
    reply: v.object({
      user: v.string(),
      mayUse: v.boolean(),
      mayAdminister: v.boolean(),
      use: v.array(v.string()),
    }),
  },
  Diagnose: { parameters: v.strictObject({}), reply: v.object({ checks: v.array(check) }) },
} as const;

export type MethodName = keyof typeof methods;
export type Parameters<Name extends MethodName> = v.InferOutput<(typeof methods)[Name]["parameters"]>;
export type Reply<Name extends MethodName> = v.InferOutput<(typeof methods)[Name]["reply"]>;

export type WireNetwork = v.InferOutput<typeof network>;
export type WirePort = v.InferOutput<typeof port>;
export type WireRefusal = v.InferOutput<typeof refusal>;
export type WireStep = v.InferOutput<typeof step>;
export type WireChange = v.InferOutput<typeof change>;
export type WireMove = v.InferOutput<typeof move>;
export type WireFinding = v.InferOutput<typeof finding>;
export type WireTrial = v.InferOutput<typeof trial>;
export type WireCheck = v.InferOutput<typeof check>;

/** Methods whose answer has many parts: they must be asked for `more`. */
export const streamed: ReadonlySet<MethodName> = new Set<MethodName>(["Capture"]);

export function isMethodName(text: string): text is MethodName {
  return Object.hasOwn(methods, text);
}

/** The varlink error that stands for each class of ours. */
export const wireErrors = {
  usage: "BadValue",
  document: "BadDocument",
  denied: "NotAllowed",
  busy: "Busy",
  failed: "Failed",
  unreachable: "Failed",
  bug: "OurFault",
} as const;

export const wireErrorShape = v.object({ code: v.string(), values, message: v.string(), hint: v.string() });
