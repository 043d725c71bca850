import * as v from "valibot";

/** What a lab file may hold; `docs/lab.schema.json` says the same to editors. */

/** A list counts as a record otherwise, of 0, 1, 2… */
const isKeyed = (value: unknown): boolean => typeof value === "object" && value !== null && !Array.isArray(value);
/** @returns the shape of keys that a user gives, each with a value of one shape */
export const keyed = <Value extends v.GenericSchema>(value: Value) =>
  v.pipe(v.custom<Readonly<Record<string, unknown>>>(isKeyed, "Object"), v.record(v.string(), value));

const names = v.array(v.string());
const whole = v.pipe(v.number(), v.integer());

const networkShape = v.strictObject({
  subnet: v.optional(v.string()),
  address: v.optional(v.string()),
  range: v.optional(v.string()),
  max: v.optional(whole),
  dhcp: v.optional(v.union([v.boolean(), v.picklist(["on", "off"])])),
  domain: v.optional(v.string()),
  reach: v.optional(v.string()),
});

const nicShape = v.union([
  v.string(),
  v.strictObject({ network: v.string(), host: v.optional(v.pipe(whole, v.minValue(1), v.maxValue(65534))) }),
]);

export const fileShape = v.union([
  v.string(),
  v.strictObject({
    content: v.optional(v.string()),
    source: v.optional(v.string()),
    mode: v.optional(v.pipe(v.string(), v.regex(/^0?[0-7]{3}$/, "0644"))),
  }),
]);

export const packageShape = v.pipe(v.string(), v.regex(/^[a-z0-9][a-z0-9+.-]+$/, "apache2"));
export const passwordShape = v.pipe(v.string(), v.regex(/^[^\p{C}:]{1,200}$/u, "secret"));
export const memoryShape = v.pipe(whole, v.minValue(64), v.maxValue(999_999));

const machineShape = v.strictObject({
  image: v.optional(v.string()),
  provider: v.optional(v.string()),
  memory: v.optional(memoryShape),
  nics: v.optional(v.pipe(v.array(nicShape), v.minLength(1), v.maxLength(8))),
  files: v.optional(keyed(fileShape)),
  packages: v.optional(v.array(packageShape)),
  script: v.optional(v.string()),
  password: v.optional(passwordShape),
  after: v.optional(names),
});

const checkShape = v.strictObject({
  from: v.string(),
  to: v.optional(v.string()),
  port: v.optional(v.pipe(whole, v.minValue(1), v.maxValue(65535))),
  ping: v.optional(v.literal(true)),
  reach: v.optional(v.union([v.boolean(), v.picklist(["yes", "no"])])),
  run: v.optional(v.pipe(v.string(), v.minLength(1))),
  expect: v.optional(v.string()),
});

export const labShape = v.strictObject({
  name: v.optional(v.string()),
  networks: v.optional(keyed(v.nullable(networkShape))),
  machines: v.pipe(keyed(v.nullable(machineShape)), v.minEntries(1)),
  check: v.optional(v.array(checkShape)),
});

export type LabShape = v.InferOutput<typeof labShape>;
export type NetworkPart = v.InferOutput<typeof networkShape>;
export type MachinePart = v.InferOutput<typeof machineShape>;
export type FilePart = v.InferOutput<typeof fileShape>;
export type CheckPart = v.InferOutput<typeof checkShape>;
