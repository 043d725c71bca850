/** A command that a page shows: as typed on the host, or `at` a machine of that name. */
export type Shown = { readonly line: string; readonly at: string | null };

/**
 * The commands of a page in Markdown, in order: lines behind `$` and `root@NAME:~#` of `console` blocks, and all of `sh`
 * blocks without what is explained behind them.
 */
export function commandsOf(page: string): readonly Shown[] {
  return [...page.matchAll(/^```(console|sh)\n([\s\S]*?)^```$/gm)].flatMap(([, kind, block = ""]) =>
    block.split("\n").flatMap((text): readonly Shown[] => {
      if (kind === "sh") return plain(text, null);
      const [, machine, line = ""] = /^(?:\$|root@(\w+):~#) (.*)$/.exec(text) ?? [];
      return plain(line, machine ?? null);
    }),
  );
}

function plain(text: string, at: string | null): readonly Shown[] {
  const line = text.replace(/\s+#.*$/, "").trim();
  return line === "" || line.startsWith("#") || line === "exit" ? [] : [{ line, at }];
}
