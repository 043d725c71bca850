/**
 * The executable begins without compiling to machine code what it runs (`--compile-jit-policy` of ./run): a quick command
 * is over before that pays, and had spent a tenth of its time so. What goes on for longer asks for it.
 */
export function compileWhatIsUsed(): void {
  Bun.unsafe.setJITPolicy(1);
}
