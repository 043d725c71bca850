# Echo of TCP and UDP, and who tries it: each size, compared byte by byte.
#
#   perl traffic.pl serve
#   perl traffic.pl try ADDRESS...     one line of JSON for each
use strict; use warnings; use Socket; use IO::Socket::INET; use IO::Select; use Time::HiRes qw(time);

my ($what, @addresses) = @ARGV;
my $port = 7007;

sub serve {
  my $tcp = IO::Socket::INET->new(LocalPort => $port, Listen => 50, ReuseAddr => 1) or die "tcp: $!";
  my $udp = IO::Socket::INET->new(LocalPort => $port, Proto => "udp") or die "udp: $!";
  $SIG{CHLD} = "IGNORE";
  my $waiting = IO::Select->new($tcp, $udp);
  $| = 1;
  print "serving\n";
  for (;;) {
    for my $one ($waiting->can_read) {
      if ($one == $udp) { my $from = recv $udp, my $text, 65_536, 0; send $udp, $text, 0, $from if defined $from; next }
      my $client = $tcp->accept or next;
      if (fork) { close $client; next }
      alarm 20;
      while (sysread $client, my $piece, 65_536) { my $at = 0; $at += syswrite $client, $piece, length($piece) - $at, $at while $at < length $piece }
      exit;
    }
  }
}

sub noise { my ($size) = @_; my $seed = pack "L*", map { int rand 2**32 } 0 .. 255; return substr $seed x (1 + $size / 1024), 0, $size }

sub overTcp {
  my ($address, $size) = @_;
  my $s = IO::Socket::INET->new(PeerAddr => $address, PeerPort => $port, Timeout => 0.5) or return 0;
  my $sent = noise($size);
  my $child = fork;
  if (!$child) { my $at = 0; $at += syswrite $s, $sent, $size - $at, $at while $at < $size; exit }
  my ($got, $end) = ("", time + ($size > 100_000 ? 8 : 2));
  my $waiting = IO::Select->new($s);
  while (length $got < $size and time < $end) { $waiting->can_read(0.2) or next; sysread $s, $got, 65_536, length $got or last }
  kill "KILL", $child; waitpid $child, 0;
  return $got eq $sent ? 1 : 0;
}

# Of five.
sub overUdp {
  my ($address, $size) = @_;
  my $s = IO::Socket::INET->new(PeerAddr => $address, PeerPort => $port, Proto => "udp") or return 0;
  my ($waiting, $came) = (IO::Select->new($s), 0);
  for my $nth (1 .. 5) {
    # Where none of three came, none comes.
    last if $nth > 3 and !$came;
    my $sent = noise($size);
    send $s, $sent, 0;
    $waiting->can_read($came ? 0.5 : 0.2) or next;
    recv $s, my $got, 65_536, 0;
    $came++ if defined $got and $got eq $sent;
  }
  return $came;
}

serve() if $what eq "serve";
for my $address (@addresses) {
  my $pings = system("ping -q -c 1 -W 1 $address >/dev/null 2>&1") == 0 ? 1 : 0;
  my $tcp = join ",", map { overTcp($address, $_) } 100, 20_000, 1_000_000;
  my $udp = join ",", map { overUdp($address, $_) } 100, 1400, 8000;
  print qq({"pings":$pings,"tcp":[$tcp],"udp":[$udp]}\n);
}
