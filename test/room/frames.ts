/** Frames as they are, heard and sent by a program of Perl, with nothing but what perl-base has: that is wherever a Debian is. */

/** Arguments: an interface, and for how many seconds. Prints "listening", then what comes in there, a line a frame;
 * with `out` as a third argument, what leaves by it: what a machine hears that is behind it. */
export const captureScript = `use Socket;
my ($name, $seconds, $way) = @ARGV;
socket S, 17, 3, unpack("S", pack("n", 3)) or die;
open my $f, "/sys/class/net/$name/ifindex"; my $index = <$f>;
bind S, pack("S n i S C C a8", 17, 3, $index, 0, 0, 0, "") or die;
$| = 1; print "listening\\n";
my $end = time + $seconds;
while (time < $end) {
  my $ready = ""; vec($ready, fileno S, 1) = 1; select $ready, undef, undef, 0.1 or next;
  my $from = recv S, my $frame, 2048, 0;
  print unpack("H*", $frame), "\\n" if ((unpack "S n i S C", $from)[4] == 4) == !!$way;
}`;

/** Arguments: an interface, and frames in hexadecimal digits. */
export const sendScript = `use Socket;
my ($name, @frames) = @ARGV;
open my $f, "/sys/class/net/$name/ifindex"; my $index = <$f>;
socket S, 17, 3, 0 or die;
send S, pack("H*", $_), 0, pack("S n i S C C a8", 17, 3, $index, 0, 0, 6, "") or die for @frames;`;
