/** A command that a page shows: as typed on the host, or `at` a machine of that name. */
export type Shown = { readonly line: string; readonly at: string | null };

/**
 * The commands of a page in Markdown, in order: lines behind `$` and `root@NAME:~#` of `console` blocks, and all of `sh`
 * blocks without what is explained behind them. A line that ends in `\` goes on in the next, and one with `<<'END'` up to
 * END.
 */
export function commandsOf(page: string): readonly Shown[] {
  return [...page.matchAll(/^```(console|sh)\n([\s\S]*?)^```$/gm)].flatMap(([, kind, block = ""]) => {
    if (kind === "sh") return wholeLines(block).flatMap((text) => plain(text, null));
    return block.split("\n").flatMap((text): readonly Shown[] => {
      const [, machine, line = ""] = /^(?:\$|root@(\w+):~#) (.*)$/.exec(text) ?? [];
      return plain(line, machine ?? null);
    });
  });
}

function wholeLines(block: string): readonly string[] {
  return block.match(/.*<<'END'\n[\s\S]*?\nEND|(?:.*\\\n)*.+/g) ?? [];
}

function plain(text: string, at: string | null): readonly Shown[] {
  const line = text.includes("<<'END'") ? text : text.replace(/\s+#.*$/, "").trim();
  return line === "" || line.startsWith("#") || line === "exit" ? [] : [{ line, at }];
}
