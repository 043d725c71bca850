/** Files that the build puts into the executable as text. */
declare module "*.varlink" {
  const text: string;
  export default text;
}
