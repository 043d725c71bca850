/** Two labs of one student's that both have a machine `router`, and what every command takes that name for. */
import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { Stage } from "./stage.ts";
import { furnishHome, home, type } from "./student.ts";

setDefaultTimeout(120_000);

let host: Stage;
/** A lab with a network of its own, and a router between it and the network that all share. */
const labOf = (room: string, others: string) => `networks: {${room}: {dhcp: off}}
machines:
  router: {image: blank, provider: qemu, nics: [lab, ${room}]}
  ${others}: {image: blank, provider: qemu, nics: [${room}], after: [router]}
`;
const write = (file: string, text: string) => host.must(`cat >${home}/${file}`, { stdin: text, user: "etu" });

beforeAll(async () => {
  host = await Stage.open();
  await furnishHome(host);
  await write("tp1.yaml", labOf("salle1", "web"));
  await write("tp2.yaml", labOf("salle2", "client"));
});
afterAll(async () => {
  for (const lab of ["tp1", "tp2"]) await type(host, `tarr-steps lab stop ${lab} --hard`);
  await type(host, "tarr-steps machine delete --all");
  await host.destroy();
});

async function said(line: string): Promise<readonly [number, string]> {
  const { code, stdout, stderr } = await type(host, line);
  return [code, stdout + stderr];
}

type Listed = { name: string; state: string; lab: { lab: string; machine: string } | null; nics: { port: string }[] };

/** Each machine's name that no other has, with its lab and whether it runs. */
async function machines(): Promise<Readonly<Record<string, string>>> {
  const { stdout } = await type(host, "tarr-steps machine list --json");
  const all = (JSON.parse(stdout) as { machines: Listed[] }).machines;
  return Object.fromEntries(
    all.map(({ name, state, lab }) => [name, `${lab === null ? "" : `${lab.lab}/${lab.machine}`} ${state}`]),
  );
}

/** The names on a network, as its machines resolve them. */
async function names(network: string): Promise<readonly string[]> {
  const hosts = await host.must(`cat /run/tarr-steps/dnsmasq/${network}.hosts`);
  return hosts
    .trim()
    .split("\n")
    .map((line) => line.split(" ").at(-1) ?? "");
}

const column = (text: string) =>
  text
    .trim()
    .split("\n")
    .slice(1)
    .map((line) => line.split(/\s+/)[0] ?? "");

test("the second lab is foreseen and made beside the first; each router is router on its own network", async () => {
  expect((await said("tarr-steps lab up tp1.yaml"))[0]).toBe(0);
  expect((await said("tarr-steps lab check tp2.yaml"))[0]).toBe(0);
  const [code, planned] = await said("tarr-steps lab up tp2.yaml --dry-run");
  expect([code, planned]).toEqual([0, expect.stringContaining("tp2/router in commands, and router-tp2 in") as string]);
  const [made, text] = await said("tarr-steps lab up tp2.yaml");
  expect([made, text]).toEqual([0, expect.stringContaining("The lab tp2 is up.") as string]);
  expect(text).toContain(
    "router of tp2 answers as router-tp2 on the network lab, where another machine is called router.",
  );
  expect(text).toContain("router starts");
  expect(await machines()).toEqual({
    ...{ router: "tp1/router running", web: "tp1/web running" },
    ...{ "router-tp2": "tp2/router running", client: "tp2/client running" },
  });
  expect((await names("salle1")).toSorted()).toEqual(["host", "router", "web"]);
  expect((await names("salle2")).toSorted()).toEqual(["client", "host", "router"]);
  expect((await names("lab")).toSorted()).toEqual(["host", "router", "router-tp2"]);
});

test("a second time nothing is done", async () => {
  for (const lab of ["tp1", "tp2"]) {
    const { stdout } = await type(host, `tarr-steps lab up ${lab}.yaml --json`);
    expect(JSON.parse(stdout)).toEqual({ lab, actions: [] });
  }
});

test("lists say the lab where that is needed", async () => {
  const { stdout } = await type(host, "tarr-steps machine list");
  expect(column(stdout).filter((name) => name !== "")).toEqual(["client", "tp1/router", "tp2/router", "web"]);
  const [, status] = await said("tarr-steps status");
  for (const name of ["tp1/router", "tp2/router", " client ", " web "]) expect(status).toContain(name);
  const lab = await type(host, "tarr-steps lab status tp2.yaml");
  expect([lab.code, column(lab.stdout)]).toEqual([0, ["router", "client"]]);
  const { stdout: labs } = await type(host, "tarr-steps lab list --json");
  expect(JSON.parse(labs)).toMatchObject({
    labs: [
      { name: "tp1", machines: [{ name: "router", machine: "router", state: "running" }, {}] },
      { name: "tp2", machines: [{ name: "router-tp2", machine: "router", state: "running" }, {}] },
    ],
  });
});

describe("a name that two have", () => {
  test.each([
    ...["show", "start", "stop", "restart", "delete", "reset", "console", "logs", "ssh", "snapshot", "snapshots"],
    "restore",
  ])("machine %s does nothing, and says what to type", async (command) => {
    const before = await machines();
    expect(await said(`tarr-steps machine ${command} router`)).toEqual([
      64,
      "tarr-steps: Several machines are called “router”: tp1/router, tp2/router.\n" +
        "  → Say which one you mean, as in: tarr-steps machine show tp1/router\n",
    ]);
    expect(await machines()).toEqual(before);
  });

  test.each([
    "machine set router memory=80",
    "machine copy /etc/hosts router:/",
    "port down router",
    "port show router",
  ])("nor does %s", async (command) => {
    expect(await said(`tarr-steps ${command}`)).toEqual([
      64,
      expect.stringContaining("tp1/router, tp2/router") as string,
    ]);
  });

  test("one of several words keeps the others from being done", async () => {
    expect((await said("tarr-steps machine stop --hard web router"))[0]).toBe(64);
    expect((await machines())["web"]).toBe("tp1/web running");
  });
});

describe("a machine by its lab and its name", () => {
  test("is shown, stopped, set, and started, and the other is left alone", async () => {
    const { stdout } = await type(host, "tarr-steps machine show tp2/router --json");
    expect(JSON.parse(stdout)).toMatchObject({ name: "router-tp2", lab: { lab: "tp2", machine: "router" } });
    expect(await said("tarr-steps machine stop --hard tp2/router")).toEqual([0, "tp2/router powers off…\n"]);
    expect(await said("tarr-steps machine set tp2/router memory=80")).toEqual([
      0,
      expect.stringContaining("tp2/router will start with 80 MiB") as string,
    ]);
    expect(await machines()).toMatchObject({ router: "tp1/router running", "router-tp2": "tp2/router stopped" });
    // What has to be typed next can be typed.
    const [code, text] = await said("tarr-steps machine ssh tp2/router true");
    expect([code, text]).toEqual([1, expect.stringContaining("tarr-steps machine start tp2/router") as string]);
    expect(await said("tarr-steps machine start tp2/router")).toMatchObject([0, expect.stringContaining("tp2/router")]);
    expect((await machines())["router-tp2"]).toBe("tp2/router running");
    const [, shown] = await said("tarr-steps machine show router-tp2 --json");
    expect(JSON.parse(shown)).toMatchObject({ memory: 80 });
  });

  test("works where its name alone would do, and one that is not there is told", async () => {
    expect((await said("tarr-steps machine show tp2/client"))[0]).toBe(0);
    expect(await said("tarr-steps machine show tp2/nobody")).toEqual([
      1,
      expect.stringContaining("You have no machine “tp2/nobody”.") as string,
    ]);
  });

  test("has its cable pulled, its line made worse, and its frames read", async () => {
    const cable = async (network: string) => {
      const { ports } = await host.call("ListPorts", {});
      return ports
        .filter((port) => port.network === network && port.name.startsWith("router"))
        .map((port) => port.cable);
    };
    expect(await said("tarr-steps port down tp2/router --network lab")).toEqual([
      0,
      expect.stringContaining("tarr-steps port up tp2/router") as string,
    ]);
    expect((await cable("lab")).toSorted()).toEqual(["in", "out"]);
    expect(await cable("salle2")).toEqual(["in"]);
    expect((await said("tarr-steps port up tp2/router --network lab"))[0]).toBe(0);
    expect(await said("tarr-steps port set tp2/router rate=10mbit --network salle2")).toEqual([
      0,
      expect.stringContaining("tp2/router") as string,
    ]);
    expect((await said("tarr-steps port set tp2/router normal --network salle2"))[0]).toBe(0);
    expect((await said("tarr-steps port capture tp1/router --network lab --for 1 >frames"))[0]).toBe(0);
  });

  test("is offered by the tab key", async () => {
    const offered = async (words: string) =>
      (await type(host, `tarr-steps complete -- ${words}`)).stdout.trim().split("\n").toSorted();
    expect(await offered("machine stop ''")).toEqual(["client", "tp1/router", "tp2/router", "web"]);
    expect(await offered("machine stop tp2/")).toEqual(["tp2/client", "tp2/router"]);
    expect(await offered("machine copy tp1/")).toEqual(["tp1/router:", "tp1/web:"]);
    expect(await offered("lab reset tp2.yaml r")).toEqual(["router"]);
    expect(await offered("port down tp")).toEqual(["tp1/router", "tp2/router"]);
  });
});

test("the commands about a lab touch its own machines alone", async () => {
  expect((await said("tarr-steps lab stop tp2 --hard"))[0]).toBe(0);
  const stopped = { router: "tp1/router running", "router-tp2": "tp2/router stopped", client: "tp2/client stopped" };
  expect(await machines()).toMatchObject(stopped);
  expect((await said("tarr-steps lab start tp2.yaml"))[0]).toBe(0);
  const [code, text] = await said("tarr-steps lab reset tp2.yaml router");
  expect([code, text]).toEqual([0, expect.stringContaining("router is new.") as string]);
  expect(await machines()).toMatchObject({ router: "tp1/router running", "router-tp2": "tp2/router running" });
});

test("a machine of which the file says something else is made anew under the name that it had", async () => {
  const { stdout: before } = await type(host, "tarr-steps machine show tp1/router --json");
  await write("tp2.yaml", labOf("salle2", "client").replace("qemu, nics: [lab,", "qemu, memory: 96, nics: [lab,"));
  const { code, stdout } = await type(host, "tarr-steps lab up tp2.yaml --json");
  expect([code, JSON.parse(stdout)]).toEqual([
    0,
    {
      lab: "tp2",
      actions: ["delete-machine", "create-machine", "start-machine"].map((what) => ({
        ...{ do: what, name: "router", as: "router-tp2", why: "changed" },
      })),
    },
  ]);
  expect((await machines())["router-tp2"]).toBe("tp2/router running");
  expect((await type(host, "tarr-steps machine show tp1/router --json")).stdout).toBe(before);
});

test("records that do not say the lab yet are known by what their lab wrote", async () => {
  const record = `${home}/tarr-steps/machines/router/machine.json`;
  const text = JSON.parse(await host.must(`cat ${record}`)) as Record<string, unknown>;
  const { lab, ...old } = text;
  expect(lab).toEqual({ lab: "tp1", machine: "router" });
  await write("tarr-steps/machines/router/machine.json", JSON.stringify(old));
  expect((await said("tarr-steps machine show router"))[0]).toBe(64);
  expect((await said("tarr-steps machine show tp1/router"))[0]).toBe(0);
  const { stdout } = await type(host, "tarr-steps lab up tp1.yaml --json");
  expect(JSON.parse(stdout)).toEqual({ lab: "tp1", actions: [] });
});

test("down takes what that lab made, and the other's router is the only one then", async () => {
  expect((await said("tarr-steps lab down tp1.yaml"))[0]).toBe(0);
  expect(await machines()).toEqual({ "router-tp2": "tp2/router running", client: "tp2/client running" });
  expect((await said("tarr-steps machine show router --json"))[1]).toContain('"router-tp2"');
  const { stdout } = await type(host, "tarr-steps machine list");
  expect(column(stdout).filter((name) => name !== "")).toEqual(["client", "router"]);
});

test("one that was made by hand has no other name, and is never adopted", async () => {
  const create = "tarr-steps machine create router --image blank --provider qemu";
  // On that network the lab's machine has the name.
  expect((await said(`${create} --network salle2`))[0]).toBe(1);
  expect((await said(create))[0]).toBe(0);
  expect((await said("tarr-steps machine show router --json"))[1]).toContain('"name":"router",');
  const { stdout } = await type(host, "tarr-steps machine list");
  expect(column(stdout).filter((name) => name !== "")).toEqual(["client", "router", "tp2/router"]);
  expect(await said("tarr-steps machine delete router")).toEqual([0, "router is deleted.\n"]);
  expect(await machines()).toEqual({ "router-tp2": "tp2/router running", client: "tp2/client running" });
  expect((await said("tarr-steps machine create client2 --image blank --provider qemu"))[0]).toBe(0);
  await write("tp3.yaml", "machines: {client2: {image: blank, provider: qemu}}\n");
  const [code, text] = await said("tarr-steps lab up tp3.yaml");
  expect([code, text]).toEqual([0, expect.stringContaining("client2 of tp3 answers as client2-tp3") as string]);
  expect(await machines()).toMatchObject({ client2: " stopped", "client2-tp3": "tp3/client2 running" });
  expect((await said("tarr-steps machine show client2 --json"))[1]).toContain('"name":"client2",');
  expect((await said("tarr-steps machine delete client2"))[0]).toBe(0);
  expect((await said("tarr-steps lab down tp3"))[0]).toBe(0);
});

test("another user's name on a network that all share is left to them", async () => {
  await host.as("eve", "CreatePort", { network: "lab", name: "server", kind: "qemu" });
  await write("tp4.yaml", "machines: {server: {image: blank, provider: qemu}}\n");
  const [code, text] = await said("tarr-steps lab up tp4.yaml");
  expect([code, text]).toEqual([0, expect.stringContaining("server of tp4 answers as server-tp4 on") as string]);
  expect((await machines())["server"]).toBe("tp4/server running");
  expect((await said("tarr-steps machine stop server --hard"))[0]).toBe(0);
  expect((await said("tarr-steps lab down tp4"))[0]).toBe(0);
});

test("two labs that are made at once never get one name twice, whatever a killed command left", async () => {
  await host.must(`mkdir ${home}/tarr-steps/machines/c`, { user: "etu" });
  const many = ["a", "b", "c", "d"].map((name) => `  ${name}: {image: blank, provider: qemu, memory: 64}\n`).join("");
  await write("tp5.yaml", `machines:\n${many}`);
  await write("tp6.yaml", `machines:\n${many}`);
  const ends = await Promise.all(["tp5", "tp6"].map((lab) => said(`tarr-steps lab up ${lab}.yaml`)));
  expect(ends.map(([code]) => code)).toEqual([0, 0]);
  const places = Object.values(await machines()).filter((place) => /^tp[56]/.test(place));
  expect(places.toSorted()).toEqual(
    ["tp5", "tp6"].flatMap((lab) => ["a", "b", "c", "d"].map((name) => `${lab}/${name} running`)),
  );
  for (const lab of ["tp5", "tp6"]) {
    expect((await said(`tarr-steps lab status ${lab}.yaml`))[0]).toBe(0);
    expect((await said(`tarr-steps lab down ${lab}.yaml`))[0]).toBe(0);
  }
  const { ports } = await host.call("ListPorts", {});
  expect(ports.filter(({ name }) => /^[a-d]\b/.test(name))).toEqual([]);
});
