import { describe, expect, test } from "bun:test";
import { rejected } from "../../test/unit/thrown.ts";
import { errorText } from "../messages/messages.ts";
import { commands } from "./commands.ts";
import { parse } from "./parse.ts";

const words = (line: string) => (line === "" ? [] : line.split(" "));

/** What was understood, on one line. */
async function understood(line: string): Promise<string> {
  const invocation = await parse(words(line));
  if (invocation.kind !== "command") return [invocation.kind, ...("of" in invocation ? invocation.of : [])].join(" ");
  const given = [...invocation.words].map(([name, value]) => `${name}=${value}`);
  const options = Object.entries(invocation.options)
    .filter(([name]) => name !== "json")
    .map(([name, value]) => `--${name}=${String(value)}`);
  const all = [...invocation.command.path, ...given, ...options, ...invocation.rest.map((word) => `[${word}]`)];
  return [...all, ...(invocation.json ? ["as JSON"] : [])].join(" ");
}

describe("what is typed", () => {
  test.each([
    ["", "help"],
    ["help", "help"],
    ["--help", "help"],
    ["-h", "help"],
    ["help network set", "help network set"],
    ["network", "help network"],
    ["network --help", "help network"],
    ["network set --help", "help network set"],
    ["machine start -h", "help machine start"],
    ["--version", "version"],
    ["status", "status"],
    ["plan --check", "plan --check=true"],
    ["network show", "network show"],
    ["network show lab", "network show network=lab"],
    ["network set lab address=192.0.2.1/24 max=5", "network set network=lab [address=192.0.2.1/24] [max=5]"],
    ["network set lab max=5 --dry-run", "network set network=lab --dry-run=true [max=5]"],
    ["network set --dry-run lab max=5", "network set network=lab --dry-run=true [max=5]"],
    ["machine create web --start", "machine create name=web --start=true"],
    ["machine create r1 --nic network=lab --nic network=dmz", "machine create name=r1 --nic=network=lab,network=dmz"],
    [
      "network create dmz dhcp=off --subnet 10.11.0.0/24 --reach isolated",
      "network create network=dmz --subnet=10.11.0.0/24 --reach=isolated [dhcp=off]",
    ],
    ["machine create --memory 256 web", "machine create name=web --memory=256"],
    ["machine create --memory=256 web", "machine create name=web --memory=256"],
    ["machine delete -- web", "machine delete name=web"],
  ])("%j is %s", async (line, expected) => {
    expect(await understood(line)).toBe(expected);
  });

  // Everything behind the machine's name belongs to the command that is run in it, --json too.
  test.each([
    ["machine ssh web", "machine ssh name=web"],
    ["machine ssh web ls -l", "machine ssh name=web [ls] [-l]"],
    ["machine ssh web ls --json", "machine ssh name=web [ls] [--json]"],
    ["machine ssh web -- ls -l", "machine ssh name=web [ls] [-l]"],
    ["machine ssh web -- -x", "machine ssh name=web [-x]"],
    ["machine ssh -- web ls", "machine ssh name=web [ls]"],
    ["machine ssh --help", "help machine ssh"],
  ])("%j is %s", async (line, expected) => {
    expect(await understood(line)).toBe(expected);
  });

  test.each(["--json status", "status --json"])("%j asks for JSON", async (line) => {
    expect(await understood(line)).toBe("status as JSON");
  });

  test.each(["--json network set lab max=5", "network set --json lab max=5", "network set lab max=5 --json"])(
    "%j asks for JSON",
    async (line) => {
      expect(await understood(line)).toBe("network set network=lab [max=5] as JSON");
    },
  );

  test("what stands behind a command for a machine is that command's", async () => {
    expect(await understood("machine ssh web ls --json")).toBe("machine ssh name=web [ls] [--json]");
  });
});

describe("what cannot be understood", () => {
  test.each([
    ["zzzzzz", "There is no command “zzzzzz”.", "tarr-steps --help"],
    ["zzzzzz lab", "There is no command “zzzzzz”.", "tarr-steps --help"],
    ["network frobnicate lab", "There is no command “network frobnicate”.", "tarr-steps network --help"],
    ["help zzzzzz", "There is no command “zzzzzz”.", "tarr-steps --help"],
    ["constructor", "There is no command “constructor”.", "tarr-steps --help"],
    ["--frobnicate", "There is no option “--frobnicate” here.", "tarr-steps --help"],
    ["status --frobnicate", "There is no option “--frobnicate” here.", "tarr-steps status --help"],
    ["status -x", "There is no option “-x” here.", "tarr-steps status --help"],
    ["status --constructor", "There is no option “--constructor” here.", "tarr-steps status --help"],
    ["plan --check=yes", "There is no option “--check=yes” here.", "tarr-steps plan --help"],
    ["status now", "“now” is one word too many.", "tarr-steps status --help"],
    ["machine start", "NAME is missing.", "tarr-steps machine start --help"],
    ["machine ssh", "NAME is missing.", "tarr-steps machine ssh --help"],
    ["machine show web db", "“db” is one word too many.", "tarr-steps machine show --help"],
    ["machine create web --memory", "--memory needs a value.", "tarr-steps machine create --help"],
    ["machine create web --memory --start", "--memory needs a value.", "tarr-steps machine create --help"],
  ])("%j: %s", async (line, message, hint) => {
    expect(errorText(await rejected(parse(words(line))), "en")).toEqual({ message, hint });
  });

  // Without a name, `machine stop --owner` stops all that run.
  test.each([
    [["machine", "stop", "--owner", "eve", ""], "NAME is missing.", "tarr-steps machine stop --help"],
    [["machine", "stop", "--owner", "eve", "web", ""], "NAME is missing.", "tarr-steps machine stop --help"],
    [["machine", "stop", ""], "NAME is missing.", "tarr-steps machine stop --help"],
    [["machine", "delete", "--all", ""], "NAME is missing.", "tarr-steps machine delete --help"],
    [["machine", "delete", "web", ""], "NAME is missing.", "tarr-steps machine delete --help"],
    [["machine", "start", "web", "", "db"], "NAME is missing.", "tarr-steps machine start --help"],
    [["lab", "reset", "tp.yaml", ""], "MACHINE is missing.", "tarr-steps lab reset --help"],
    [["network", "show", ""], "NETWORK is missing.", "tarr-steps network show --help"],
  ])("an empty word names nothing: %j", async (typed, message, hint) => {
    expect(errorText(await rejected(parse(typed)), "en")).toEqual({ message, hint });
  });

  test("a program in a machine may be given an empty word", async () => {
    expect(await parse(["machine", "ssh", "web", "grep", "", "x"])).toMatchObject({ rest: ["grep", "", "x"] });
  });

  test("is printed without what could move the cursor", async () => {
    const error = await rejected(parse(["\x1b[2J\nstatus"]));
    expect(errorText(error, "en").message).not.toMatch(/\p{C}/u);
  });

  test("an empty word is no command", async () => {
    expect((await rejected(parse([""]))).code).toBe("usage-unknown-command");
  });
});

describe("what was mistyped is answered with what would work", () => {
  test.each([
    ["stauts", "tarr-steps status"],
    ["statut", "tarr-steps status"],
    ["statut --json", "tarr-steps status --json"],
    ["help stauts", "tarr-steps status"],
    ["docteur", "tarr-steps doctor"],
    ["machine creat web --start", "tarr-steps machine create web --start"],
    ["machine creat", "tarr-steps machine create web --start"],
    ["machine creat web --memory 256", "tarr-steps machine create web --memory 256"],
    ["machine crate web", "tarr-steps machine create web"],
    ["machien create web", "tarr-steps machine create web"],
    ["machien craete web", "tarr-steps machine create web"],
    ["machine remove web", "tarr-steps machine delete web"],
    ["machine destroy web", "tarr-steps machine delete web"],
    ["machine up web", "tarr-steps machine start web"],
    ["machine poweroff web", "tarr-steps machine stop web"],
    ["machine login web", "tarr-steps machine ssh web"],
    ["machine shh web ls -l", "tarr-steps machine ssh web ls -l"],
    ["machines", "tarr-steps machine list"],
    ["machines start web", "tarr-steps machine start web"],
    ["networks", "tarr-steps network list"],
    ["images", "tarr-steps image list"],
    ["ports", "tarr-steps port list"],
    ["create machine web", "tarr-steps machine create web"],
    ["list images", "tarr-steps image list"],
    ["create web --start", "tarr-steps machine create web --start"],
    ["start web", "tarr-steps machine start web"],
    ["strat web", "tarr-steps machine start web"],
    ["delete web", "tarr-steps machine delete web"],
    ["list", "tarr-steps machine list"],
    ["reload", "tarr-steps network reload"],
    ["build tiny", "tarr-steps image build tiny"],
    ["imgae build tiny", "tarr-steps image build tiny"],
    ["lab statsu tp.yaml", "tarr-steps lab status tp.yaml"],
    ["lab create tp.yaml", "tarr-steps lab up tp.yaml"],
    ["lab rm tp.yaml", "tarr-steps lab down tp.yaml"],
    ["lab destroy tp", "tarr-steps lab down tp"],
    ["machin", "tarr-steps machine --help"],
    ["network seet", "tarr-steps network set lab max=100"],
    ["machine create web --imgae tiny", "tarr-steps machine create web --image tiny"],
    ["machine create web --imgae=tiny --start", "tarr-steps machine create web --image=tiny --start"],
    ["machine create web -start", "tarr-steps machine create web --start"],
    ["machine stop web --hrad", "tarr-steps machine stop web --hard"],
    ["status --jsno", "tarr-steps status --json"],
    ["--verison", "tarr-steps --version"],
    ["--hepl", "tarr-steps --help"],
  ])("%j: %s", async (line, suggestion) => {
    const error = await rejected(parse(words(line)));
    expect(errorText(error, "en").hint).toBe(`Did you mean: ${suggestion}`);
    expect(errorText(error, "fr").hint).toBe(`Vouliez-vous dire : ${suggestion}`);
    // What is offered is taken as it is.
    expect((await parse(words(suggestion).slice(1))).kind).toMatch(/^(?:command|help|version)$/);
  });

  test("what a shell would split or expand is offered in quotes", async () => {
    const error = await rejected(parse(["machine", "shh", "web", "echo $HOME"]));
    expect(errorText(error, "en").hint).toBe("Did you mean: tarr-steps machine ssh web 'echo $HOME'");
  });

  test("what is like nothing is not guessed at", async () => {
    for (const line of ["xyzzy", "machine xyzzy web", "status --xyzzy", "q"]) {
      expect(errorText(await rejected(parse(words(line))), "en").hint).not.toContain("Did you mean");
    }
  });
});

describe("what people type first simply works", () => {
  test.each([
    ["ls", "machine list"],
    ["ls --json", "machine list as JSON"],
    ["ssh web", "machine ssh name=web"],
    ["ssh web ls -l", "machine ssh name=web [ls] [-l]"],
    ["machine ls", "machine list"],
    ["machine rm web", "machine delete name=web"],
    ["machine exec web ls -l", "machine ssh name=web [ls] [-l]"],
    ["network ls", "network list"],
    ["network rm dmz", "network delete network=dmz"],
    ["image ls", "image list"],
    ["image rm tiny", "image delete image=tiny"],
    ["port ls", "port list"],
    ["help machine rm", "help machine delete"],
    ["machine rm --help", "help machine delete"],
    ["--json machine ls", "machine list as JSON"],
  ])("%j is %s", async (line, expected) => {
    expect(await understood(line)).toBe(expected);
  });
});

test("no two commands are typed alike, and none hides another", () => {
  const paths = commands.map((command) => command.path.join(" "));
  expect(new Set(paths).size).toBe(paths.length);
  for (const path of paths) expect(paths.filter((other) => other.startsWith(`${path} `))).toEqual([]);
});

test("every command can be loaded, with what it needs alone", async () => {
  for (const command of commands) expect(await command.load()).toBeFunction();
});

describe("what contradicts itself, or says nothing, is refused", () => {
  test.each([
    ["machine create web --memory 256 --memory=512", "--memory is given twice: “256” and “512”."],
    ["network create dmz --subnet 10.0.0.0/24 --subnet 10.0.0.0/24", "--subnet is given twice"],
    ["machine create web --image=", "--image needs a value."],
    ["support --output=", "--output needs a value."],
    ["machine ssh --json web", "“machine ssh” has no --json"],
    ["--json machine console web", "“machine console” has no --json"],
    ["machine logs web --json", "“machine logs” has no --json"],
    ["port capture web --json --count 1", "“port capture” has no --json"],
  ])("%s", async (line, message) => {
    const error = await rejected(parse(line.split(" ")));
    expect(errorText(error, "en").message).toStartWith(message);
    expect(error.class).toBe("usage");
  });

  test("and what repeats is not", async () => {
    for (const line of ["machine create r1 --nic network=lab --nic network=dmz", "machine stop web --hard --hard"]) {
      expect((await parse(line.split(" "))).kind).toBe("command");
    }
    expect(await parse("machine ssh web ip --json a".split(" "))).toMatchObject({ rest: ["ip", "--json", "a"] });
  });

  test("help is not asked twice to help", async () => {
    expect(await parse(["help", "--help"])).toEqual({ kind: "help", of: [] });
    expect(await parse(["help", "machine", "-h"])).toEqual({ kind: "help", of: ["machine"] });
  });
});
