# What a hypervisor's kernel module does with a card that is bridged to an interface, without the hypervisor. Each guest is
# the stack of a network namespace behind a tap; guests behind one hook share the module's hub.
#
#   perl hook.pl MAPPED INJECT NAMESPACE,MAC...
#
# MAPPED: the interface that is hooked. INJECT: where a frame is sent so that MAPPED receives it: the far end of a veth pair,
# or MAPPED itself when that is a tap that nobody else has open.
#
# VMware's rule, as its public module has it (vmnet of Workstation 17.6.1, measured): each frame that passes MAPPED goes to
# the guests. A checksum that the sender left to its card is filled in only when the frame is on its way out (bridge.c,
# userif.c: PACKET_OUTGOING), or is cut into segments. What a guest sends is received by MAPPED, and goes out by it as well.
# VirtualBox's rule for checksums is the same (vboxnetflt).
use strict; use warnings; use POSIX (); use Socket;

my ($mapped, $inject, @guests) = @ARGV;
my %setns = (x86_64 => 308, aarch64 => 268);
my ($all, $raw, $solPacket) = (3, 3, 263);
my ($packetMembership, $packetVnetHeader, $promiscuous, $outgoing) = (1, 15, 1, 4);
my ($tapPlain, $tapHeader) = (0x1002, 0x5002);
my $blank = "\0" x 10;

sub indexOf { open my $f, "<", "/sys/class/net/$_[0]/ifindex" or die "$_[0]: $!"; return 0 + <$f> }

sub socketOn {
  my ($name) = @_;
  my $index = indexOf($name);
  socket my $s, 17, $raw, unpack("S", pack("n", $all)) or die "socket: $!";
  setsockopt $s, $solPacket, $packetVnetHeader, pack("i", 1) or die "vnet header: $!";
  setsockopt $s, SOL_SOCKET, 33, pack("i", 1 << 24);
  bind $s, pack("S n i S C C a8", 17, $all, $index, 0, 0, 0, "") or die "$name: $!";
  setsockopt $s, $solPacket, $packetMembership, pack("i S S a8", $index, $promiscuous, 0, "") or die "$name: $!";
  return $s;
}

sub tap {
  my ($name, $flags) = @_;
  sysopen my $t, "/dev/net/tun", 2 or die "tun: $!";
  my $request = pack "a16 s x22", $name, $flags;
  ioctl $t, 0x400454ca, $request or die "$name: $!";
  return $t;
}

open my $home, "<", "/proc/self/ns/net" or die;
my $call = $setns{(POSIX::uname())[4]};
sub enter { syscall($call, fileno($_[0]), 0) == 0 or die "setns: $!" }

my (%macOf, %cards);
for my $guest (@guests) {
  my ($namespace, $mac) = split /,/, $guest;
  open my $there, "<", "/run/netns/$namespace" or die "$namespace: $!";
  enter($there);
  my $card = tap("eth0", $tapHeader);
  enter($home);
  $cards{fileno $card} = $card;
  $macOf{fileno $card} = pack "H*", $mac =~ s/://gr;
}

sub isForAll { ord($_[0]) & 1 }

# To whom a frame is, but for whoever sent it.
sub deliver {
  my ($header, $frame, $sender) = @_;
  for my $number (keys %cards) {
    next if $number == $sender or !(isForAll($frame) or substr($frame, 0, 6) eq $macOf{$number});
    syswrite $cards{$number}, $header . $frame;
  }
}

# What guests sent comes by once more, as something received: the modules know it again. A packet socket sees it without
# its VLAN tag.
my (%own, @order);
sub untagged { return $_[0] =~ s/^(.{12})(?:\x81\x00|\x88\xa8)../$1/sr }
sub remember {
  my $frame = untagged($_[0]);
  $own{$frame}++;
  push @order, $frame;
  if (@order > 512) { my $old = shift @order; delete $own{$old} if --$own{$old} <= 0 }
}

# The hook comes and goes with VMware's networks (SIGUSR1, SIGUSR2), and finds an interface that was made again by its name.
my ($direct, $hook, $in, $address);
my ($wanted, $number) = (1, 0);

sub unhook { ($direct, $hook, $in) = (); $number = 0 }

sub numberNow { open my $f, "<", "/sys/class/net/$mapped/ifindex" or return 0; return 0 + <$f> }

sub keepHook {
  my $now = $wanted ? numberNow() : 0;
  return if $now == $number;
  unhook();
  return if $now == 0;
  eval {
    # A tap that is opened takes frames from here on.
    $direct = tap($mapped, $tapPlain) if $inject eq $mapped;
    $hook = socketOn($mapped);
    $in = socketOn($inject) if !defined $direct;
    open my $f, "<", "/sys/class/net/$mapped/address" or die;
    chomp(my $text = <$f>);
    $address = pack "H*", $text =~ s/://gr;
    $number = $now;
    1;
  } or do { print $@ if !$number; unhook() };
}

$SIG{USR1} = sub { $wanted = 0 };
$SIG{USR2} = sub { $wanted = 1 };

sub fromGuest {
  my ($number) = @_;
  sysread $cards{$number}, my $taken, 70_000 or return;
  my $frame = substr $taken, 10;
  deliver($blank, $frame, $number);
  return if !defined $hook;
  remember($frame);
  if (defined $direct) { syswrite $direct, $frame } else { send $in, $blank . $frame, 0 }
  # On the switch itself what is injected is on its way out already.
  send $hook, $blank . $frame, 0 if $mapped !~ /^vswitch/ and substr($frame, 0, 6) ne $address;
}

# What the sender left to its card: the sum of all behind its start, with what stands in its place (userif.c).
sub completed {
  my ($header, $frame) = @_;
  my ($flags, $start, $offset) = (unpack "C C S S S S", $header)[0, 4, 5];
  return $frame if !($flags & 1);
  my $bytes = substr $frame, $start;
  my $sum = unpack "%32n*", length($bytes) % 2 ? "$bytes\0" : $bytes;
  $sum = ($sum & 0xffff) + ($sum >> 16) for 1 .. 2;
  substr $frame, $start + $offset, 2, pack "n", ~$sum & 0xffff;
  return $frame;
}

sub fromHook {
  my $from = recv $hook, my $taken, 70_000, 0;
  return if !defined $from or length $taken < 24;
  my ($header, $frame) = (substr($taken, 0, 10), substr $taken, 10);
  my $isOut = (unpack "S n i S C", $from)[4] == $outgoing;
  if (!$isOut and $own{$frame}) { $own{$frame}--; return }
  # The receiver's stack cuts it, and fills the sums of its parts in, as the module does.
  return deliver($header, $frame, -1) if ord(substr $header, 1, 1) != 0;
  deliver($blank, $isOut ? completed($header, $frame) : $frame, -1);
}

$| = 1;
keepHook();
print "hooked\n";
for (;;) {
  my $ready = "";
  vec($ready, $_, 1) = 1 for keys %cards, map { defined $_ ? fileno $_ : () } $hook, $direct, $in;
  my $found = select $ready, undef, undef, 0.2;
  keepHook();
  next if $found <= 0;
  fromHook() if defined $hook and vec $ready, fileno $hook, 1;
  # What leaves by the tap, and what comes out at the far end, is nobody's.
  if (defined $direct and vec $ready, fileno $direct, 1) { sysread $direct, my $lost, 70_000 }
  if (defined $in and vec $ready, fileno $in, 1) { recv $in, my $lost, 70_000, 0 }
  for my $number (keys %cards) { fromGuest($number) if vec $ready, $number, 1 }
}
