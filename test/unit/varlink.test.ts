import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "bun:test";
import type { GenericSchema } from "valibot";
import { interfaceName } from "../../src/api/socket.ts";
import { methods, wireErrors, wireErrorShape } from "../../src/api/types.ts";
import { exitCodes } from "../../src/error.ts";
import { root } from "./sources.ts";

// The interface file is the contract that others read; types.ts is what we check by. They must not drift apart.
const text = readFileSync(join(root, "src/api/io.tarrsteps.varlink"), "utf8").replace(/#.*/g, "");

/** `(a: string, b: []Step)` as `{a: "string", b: "[]Step"}`: the commas inside nested brackets do not separate. */
function fieldsOf(list: string): Record<string, string> {
  const parts: string[] = [""];
  let depth = 0;
  for (const letter of list) {
    depth += letter === "(" ? 1 : letter === ")" ? -1 : 0;
    if (letter === "," && depth === 0) parts.push("");
    else parts.push((parts.pop() ?? "") + letter);
  }
  const pairs = parts
    .filter((part) => part.trim() !== "")
    .map((part) => part.split(/:(.*)/s).map((word) => word.trim()));
  return Object.fromEntries(pairs.map(([name = "", type = ""]) => [name, type.replace(/\s+/g, " ")]));
}

const body = String.raw`\(((?:[^()]|\([^()]*\))*)\)`;
const types = new Map(
  [...text.matchAll(new RegExp(`type (\\w+) ${body}`, "g"))].map(([, name, list]) => [name, fieldsOf(list ?? "")]),
);
const declared = new Map(
  [...text.matchAll(new RegExp(`method (\\w+)${body} -> ${body}`, "g"))].map(([, name = "", asked = "", told = ""]) => [
    name,
    { parameters: fieldsOf(asked), reply: fieldsOf(told) },
  ]),
);

type Shape = {
  type: string;
  entries?: Record<string, Shape>;
  item?: Shape;
  wrapped?: Shape;
  options?: readonly string[];
  value?: Shape;
};

/** A valibot schema in the words of varlink, its objects opened. */
function describeShape(shape: Shape): unknown {
  switch (shape.type) {
    case "object":
    case "strict_object":
      return Object.fromEntries(Object.entries(shape.entries ?? {}).map(([key, value]) => [key, describeShape(value)]));
    case "array":
      return [describeShape(shape.item ?? { type: "?" })];
    case "nullish":
      return { "?": describeShape(shape.wrapped ?? { type: "?" }) };
    case "picklist":
      return `(${(shape.options ?? []).join(", ")})`;
    case "record":
      return { "[string]": describeShape(shape.value ?? { type: "?" }) };
    case "number":
      return "int";
    case "boolean":
      return "bool";
    default:
      return shape.type;
  }
}

/** A type of the interface file in the same form. */
function describeType(type: string): unknown {
  if (type.startsWith("?")) return { "?": describeType(type.slice(1)) };
  if (type.startsWith("[string]")) return { "[string]": describeType(type.slice("[string]".length)) };
  if (type.startsWith("[]")) return [describeType(type.slice(2))];
  const fields = types.get(type);
  return fields === undefined ? type : describeFields(fields);
}

function describeFields(fields: Record<string, string>): unknown {
  return Object.fromEntries(Object.entries(fields).map(([key, type]) => [key, describeType(type)]));
}

const schema = (one: GenericSchema) => describeShape(one);

describe("the interface file and types.ts", () => {
  test("are of the same interface", () => {
    expect(/^interface ([\w.]+)$/m.exec(text)?.[1]).toBe(interfaceName);
  });

  test("have the same methods", () => {
    expect([...declared.keys()].sort()).toEqual(Object.keys(methods).sort());
  });

  test.each(Object.entries(methods))("%s asks and answers the same", (name, method) => {
    const said = declared.get(name);
    expect(describeFields(said?.parameters ?? {})).toEqual(schema(method.parameters));
    expect(describeFields(said?.reply ?? {})).toEqual(schema(method.reply));
  });

  test("have the same errors, with the same values", () => {
    const errors = new Map(
      [...text.matchAll(new RegExp(`error (\\w+) ${body}`, "g"))].map(([, name, list]) => [name, fieldsOf(list ?? "")]),
    );
    expect([...errors.keys()].sort()).toEqual([...new Set<string>(Object.values(wireErrors))].sort());
    for (const fields of errors.values()) expect(describeFields(fields)).toEqual(schema(wireErrorShape));
  });

  test("every class of error has a way over the wire", () => {
    expect(Object.keys(wireErrors).sort()).toEqual(Object.keys(exitCodes).sort());
  });

  // varlink.org: members are [A-Z][A-Za-z0-9]*, fields [A-Za-z](_?[A-Za-z0-9])*.
  test("only use names that varlink takes", () => {
    const fields = [...types.values(), ...[...declared.values()].flatMap((one) => [one.parameters, one.reply])].flatMap(
      (one) => Object.keys(one),
    );
    expect(fields.filter((name) => !/^[A-Za-z](_?[A-Za-z0-9])*$/.test(name))).toEqual([]);
    expect([...declared.keys(), ...types.keys()].filter((name) => !/^[A-Z][A-Za-z0-9]*$/.test(name ?? ""))).toEqual([]);
  });
});
