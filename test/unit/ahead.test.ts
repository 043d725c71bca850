import { afterEach, beforeEach, expect, test } from "bun:test";
import { askAhead } from "../../src/api/ahead.ts";
import { client } from "../../src/api/client.ts";
import type { Stub } from "./stub-service.ts";
import { stubService } from "./stub-service.ts";
import { rejected } from "./thrown.ts";

let stub: Stub;
const former = process.env["TARR_STEPS_SOCKET"];
beforeEach(async () => {
  stub = await stubService();
  process.env["TARR_STEPS_SOCKET"] = `${stub.folder}/socket`;
});
afterEach(() => {
  stub.close();
  if (former === undefined) delete process.env["TARR_STEPS_SOCKET"];
  else process.env["TARR_STEPS_SOCKET"] = former;
});

test("what was asked ahead is asked once, and its answer is given once", async () => {
  await askAhead("GetStatus");
  const call = client();
  expect(await call("GetStatus", {})).toMatchObject({ networks: [] });
  expect(stub.calls).toEqual(["GetStatus"]);
  stub.networks.push("salle");
  expect(await call("GetStatus", {})).toMatchObject({ networks: [{ name: "salle" }] });
});

test("another question does not get that answer", async () => {
  await askAhead("GetStatus");
  expect(await client()("ListPorts", {})).toEqual({ ports: [] });
});

test("who wants the answer is told when nobody is there; who does not is left alone", async () => {
  process.env["TARR_STEPS_SOCKET"] = `${stub.folder}/nobody`;
  await askAhead("GetStatus");
  expect(await rejected(client()("GetStatus", {}))).toMatchObject({ code: "service-unreachable" });
  await askAhead("GetStatus");
  await new Promise((resolve) => setTimeout(resolve, 20));
});
