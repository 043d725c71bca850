import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import * as v from "valibot";
import { labShape } from "./shape.ts";

const node = v.object({
  properties: v.optional(v.record(v.string(), v.unknown())),
});
const schemaShape = v.object({ ...node.entries, definitions: v.record(v.string(), node) });
const text = readFileSync(join(import.meta.dir, "../../docs/lab.schema.json"), "utf8");

const keys = (one: object | undefined) => Object.keys(one ?? {}).sort();

test("the schema for editors has the keys that the parser takes", () => {
  const schema = v.parse(schemaShape, JSON.parse(text));
  const { networks, machines, check } = labShape.entries;
  expect(keys(schema.properties)).toEqual(keys(labShape.entries));
  expect(keys(schema.definitions["network"]?.properties)).toEqual(keys(networks.wrapped.pipe[1].value.wrapped.entries));
  expect(keys(schema.definitions["machine"]?.properties)).toEqual(keys(machines.pipe[0].pipe[1].value.wrapped.entries));
  expect(keys(schema.definitions["check"]?.properties)).toEqual(keys(check.wrapped.item.entries));
});
