import * as v from "valibot";
import type { ErrorCode } from "../error.ts";

/** What a lab file may hold; `docs/lab.schema.json` says the same to editors. */

/** A list counts as a record otherwise, of 0, 1, 2… */
const isKeyed = (value: unknown): boolean => typeof value === "object" && value !== null && !Array.isArray(value);
/** @returns the shape of keys that a user gives, each with a value of one shape */
export const keyed = <Value extends v.GenericSchema>(value: Value) =>
  v.pipe(v.custom<Readonly<Record<string, unknown>>>(isKeyed, "Object"), v.record(v.string(), value));

const names = v.array(v.string());

/** A whole number from one to another; `code` is the error that says so. */
const between = (code: ErrorCode, first: number, last: number) =>
  v.pipe(v.number(code), v.integer(code), v.minValue(first, code), v.maxValue(last, code));
const like = (pattern: RegExp, code: ErrorCode) => v.pipe(v.string(code), v.regex(pattern, code));

const networkShape = v.strictObject({
  subnet: v.optional(v.string()),
  address: v.optional(v.string()),
  range: v.optional(v.string()),
  max: v.optional(between("lab-max", 1, 1000)),
  dhcp: v.optional(v.union([v.boolean(), v.picklist(["on", "off"])])),
  domain: v.optional(v.string()),
  reach: v.optional(v.string()),
});

const nicShape = v.union([
  v.string(),
  v.strictObject({ network: v.string(), host: v.optional(between("lab-host", 1, 65_534)) }),
]);

export const fileShape = v.union([
  v.string(),
  v.strictObject({
    content: v.optional(v.string()),
    source: v.optional(v.string()),
    mode: v.optional(like(/^0?[0-7]{3}$/, "lab-mode")),
  }),
]);

export const packageShape = like(/^[a-z0-9][a-z0-9+.-]+$/, "lab-package");
export const passwordShape = like(/^[^\p{C}:]{1,200}$/u, "lab-password");
export const memoryShape = between("lab-memory", 64, 999_999);

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
  port: v.optional(between("lab-port", 1, 65_535)),
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

/** What is left of a shape without what is wrong: keys may be missing, and a list has a hole for each such item. */
export type Sound<T> = T extends readonly (infer Item)[]
  ? readonly (Sound<Item> | undefined)[]
  : T extends object
    ? { readonly [Key in keyof T]?: Sound<T[Key]> | undefined }
    : T;

export type LabPart = Sound<v.InferOutput<typeof labShape>>;
export type NetworkPart = Sound<v.InferOutput<typeof networkShape>>;
export type MachinePart = Sound<v.InferOutput<typeof machineShape>>;
export type NicPart = Sound<v.InferOutput<typeof nicShape>>;
export type FilePart = Sound<v.InferOutput<typeof fileShape>>;
export type CheckPart = Sound<v.InferOutput<typeof checkShape>>;
