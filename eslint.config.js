import tseslint from "typescript-eslint";

// The limits of CONTRIBUTING.md, checked rather than asked for. No file switches a rule off: a rule that is wrong
// for one place is wrong, and is changed here for all.
const limits = {
  "max-lines": ["error", { max: 400 }],
  "max-lines-per-function": ["error", { max: 60 }],
  "max-params": ["error", 3],
  "max-depth": ["error", 3],
  // A switch over a union counts once: the compiler sees to it that it is complete.
  complexity: ["error", { max: 15, variant: "modified" }],
};

const style = {
  "no-restricted-syntax": [
    "error",
    {
      selector: "ExportDefaultDeclaration",
      message: "A name that is searched for must be the name at the definition.",
    },
    { selector: "TSInterfaceBody[body.length>8]", message: "A seam of more than 8 members: split it." },
    { selector: "TSEnumDeclaration", message: "Use a union of literals." },
  ],
  "no-restricted-properties": ["error", { object: "console", property: "debug", message: "Use the journal." }],
  eqeqeq: "error",
  "prefer-const": "error",
  "@typescript-eslint/no-explicit-any": "error",
  "@typescript-eslint/no-non-null-assertion": "error",
  "@typescript-eslint/switch-exhaustiveness-check": ["error", { considerDefaultExhaustiveForUnions: true }],
  "@typescript-eslint/consistent-type-imports": "error",
  // The runner's types say `void` for what is a promise when awaited (`await expect(...).rejects`).
  "@typescript-eslint/await-thenable": "off",
  // A number in a sentence is what it looks like; only objects print as "[object Object]".
  "@typescript-eslint/restrict-template-expressions": ["error", { allowNumber: true }],
  "@typescript-eslint/no-confusing-void-expression": "off",
  "@typescript-eslint/consistent-type-definitions": "off",
};

export default tseslint.config(
  { ignores: ["node_modules", "build", "eslint.config.js", "**/*.d.ts"] },
  ...tseslint.configs.strictTypeChecked,
  {
    languageOptions: { parserOptions: { projectService: true } },
    linterOptions: { noInlineConfig: true, reportUnusedDisableDirectives: "error" },
    rules: { ...limits, ...style },
  },
  // A suite is one function that holds its tests; each test is still held to the limit by review of its length.
  { files: ["**/*.test.ts", "**/*.suite.ts"], rules: { "max-lines-per-function": "off" } },
  // A catalogue of messages is a function so that it is made when it is asked for: it is a list all the same.
  { files: ["src/messages/*.en.ts", "src/messages/*.fr.ts"], rules: { "max-lines-per-function": "off" } },
);
