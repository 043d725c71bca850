/** Files of a guest are real files, so that `sh -n` reads them, and text in the program: `with { type: "text" }`. */
declare module "*.sh" {
  const text: string;
  export = text;
}
declare module "*.txt" {
  const text: string;
  export = text;
}
