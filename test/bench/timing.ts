/** The clock inside the host: entering it from outside costs more than what is measured. */
export const rounds = 10;

/**
 * A line of shell that prints, for each round, how many milliseconds each runner took. Perl, because it is on every
 * Debian, and a child that it forks can become another user without a program in between; its clock is read by the
 * system call (228, clock_gettime(2) on amd64; 113 on arm64), since the module for it is not on every Debian.
 *
 * @param runners `user TAB command TAB command…`; the first round warms up and is not printed
 */
export function timingScript(runners: readonly string[]): string {
  const words = runners.map((runner) => `'${runner}'`).join(" ");
  return `perl -e '${program}' ${words}`;
}

const program = `
my $number = \`uname -m\` =~ /aarch64/ ? 113 : 228;
sub now { my $spec = pack "qq", 0, 0; syscall $number, 1, $spec; my ($s, $ns) = unpack "qq", $spec; $s * 1000 + $ns / 1e6 }
sub once {
  my ($user, @commands) = split /\\t/, shift;
  my (undef, undef, $uid, $gid, undef, undef, undef, $home) = getpwnam $user;
  my $before = now();
  for my $command (@commands) {
    my $pid = fork;
    if (!$pid) {
      $) = "$gid $gid"; $( = $gid; $< = $> = $uid; $ENV{HOME} = $home; chdir $home;
      open STDOUT, ">", "/dev/null"; open STDIN, "<", "/dev/null";
      exec split(/ /, $command);
      exit 127;
    }
    waitpid $pid, 0;
    die "$command: $?\\n" if $?;
  }
  return now() - $before;
}
for my $round (0 .. ${rounds}) {
  my @taken = map { once($_) } @ARGV;
  print join(" ", @taken), "\\n" if $round > 0;
}`;
