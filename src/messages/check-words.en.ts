/** What the doctor says, and what it is of VMware. */
export const checkWordsEn = () =>
  ({
    "check-document": "The document is right ({path}).",
    "check-document-bad": "The document is wrong ({path}, line {line}).",
    "check-document-hint": "See what is wrong: tarr-steps plan",
    "check-networks-bad":
      "The networks {network} and {other} would both have {value}: the document is not put into force.",
    "check-networks-hint": "Give the document's another, or: tarr-steps network delete {other}",
    "check-network-stopped-bad": "The network {network} is stopped.",
    "check-network-stopped-hint": "tarr-steps network start {network}",
    "check-switch": "The switch {switch} is up.",
    "check-switch-bad": "The switch {switch} is not up.",
    "check-switch-hint": "tarr-steps network reload",
    "check-bridged": "{switch} is joined to the LAN segment of {uplink}.",
    "check-bridged-bad": "{switch} is joined to no LAN segment: there is no wired interface {uplink} that could be.",
    "check-bridged-hint": "Plug the cable in, or name the interface: tarr-steps network set {network} uplink=NAME",
    "check-carrier": "{switch} has a carrier.",
    "check-carrier-bad": "{switch} has no carrier: VirtualBox and VMware guests get no DHCP.",
    "check-carrier-hint": "tarr-steps network reload",
    "check-address": "{switch} has its address {address}.",
    "check-address-bad": "{switch} does not have its address {address}.",
    "check-address-hint": "tarr-steps network reload",
    "check-name-service": "DHCP and DNS of {network} run.",
    "check-name-service-bad": "DHCP and DNS of {network} do not run.",
    "check-name-service-masked-bad": "DHCP and DNS of {network} do not run: an administrator has masked {unit}.",
    "check-name-service-masked-hint":
      "An administrator unmasks it: sudo systemctl unmask {unit} && sudo tarr-steps network reload",
    "check-name-service-hint": "See why: journalctl -u tarr-steps-dnsmasq@{network}; then: tarr-steps network reload",
    "check-lan-place-bad":
      "No interface of this computer is on the LAN segment of the pool of {network}: nobody reaches its machines there.",
    "check-lan-place-hint":
      "Plug the cable in, or (an administrator) take a pool of this LAN: tarr-steps network set {network} pool=FIRST-LAST",
    "check-lan-rival": "Nobody else on the LAN segment of {uplink} uses an address of a machine of {network}.",
    "check-lan-rival-bad":
      "{address} of {machine} is also used by {mac} on the LAN segment: packets reach now one, now the other.",
    "check-lan-rival-hint":
      "Have that computer take another address, or (an administrator) leave it out of the pool: tarr-steps network set {network} pool=FIRST-LAST",
    "check-lan-twin": "No other machine on the LAN segment of {uplink} has the MAC of a machine of {network}.",
    "check-lan-twin-bad":
      "Another machine on the LAN segment of {uplink} has the MAC of {machine}, {mac}, and its address {address}: each is reached now and then. One computer is probably a copy of the other.",
    "check-lan-twin-hint": "On one of the two computers, delete {machine} and create it again: it gets another MAC.",
    "check-subnet": "No other network here uses {address}.",
    "check-subnet-bad": "{address} overlaps {subnet}, which this computer reaches by {interface}.",
    "check-subnet-hint": "Take another subnet: tarr-steps network set {network} address={proposed}",
    "check-tap0": "{interface} exists and is on {switch}.",
    "check-tap0-bad": "{interface} does not exist, or is not on {switch}.",
    "check-tap0-hint": "tarr-steps network reload",
    "check-tap0-foreign-bad": "{interface} belongs to another program, so the switch has no {interface}.",
    "check-tap0-foreign-hint": "See whose it is: ip -details link show {interface}",
    "check-vmware-port": "VMware machines join {switch} through {interface}.",
    "check-vmware-port-bad": "{interface}, the interface for VMware machines, is missing or not on {switch}.",
    "check-vmware-port-hint": "tarr-steps network reload",
    "check-vmware-foreign-bad": "{interface} belongs to another program, so VMware machines have no way to {switch}.",
    "check-vmware-foreign-hint": "See whose it is: ip -details link show {interface}",
    "check-vmware-line-bad": "VMware does not know {interface} yet: its line in /etc/vmware/networking is missing.",
    "check-vmware-line-hint": "As an administrator: sudo tarr-stepsd --vmware-networking",
    "check-vmware-unread-bad":
      "VMware has not read its line for {interface} yet, because VMware machines were running.",
    "check-vmware-unread-hint":
      "Power off the VMware machines, then, as an administrator: sudo tarr-stepsd --vmware-networking --apply",
    "check-vmware-switch-bad":
      "VMware is bridged to {switch} itself, not to {interface}: TCP and UDP with containers and QEMU machines fail, pings pass.",
    "check-vmware-switch-hint":
      "Power off the VMware machines, then, as an administrator: sudo tarr-stepsd --vmware-networking --apply",
    "vmware-absent": "VMware Workstation is not set up on this computer.",
    "vmware-unchanged": "VMware's file of networks is as it should be.",
    "vmware-written": "VMware's file of networks was changed. It takes effect when VMware's networks start.",
    "vmware-written-machines-run":
      "VMware's file of networks was changed, but VMware machines are running. It takes effect at the next boot, or when you power them off and type: sudo tarr-stepsd --vmware-networking --apply",
    "vmware-applied": "VMware's networks were restarted with the file as it is now.",
    "vmware-full":
      "All of VMware's networks, 2 to 254, are taken in its file: a switch has none. Free one in Workstation: Edit > Virtual Network Editor.",
    "vmware-needs-root": "This needs root: sudo {command}",
    "grant-group": "sudo adduser {user} {group}",
    "ask-administrator": "Ask an administrator: {hint}",
    "grant-user": "add {user} to policy.{key} in /etc/tarr-steps/tarr-steps.yaml, then: tarr-steps network reload",
    "providers-absent": "Not installed here: {names}.",
    "check-grantees-bad": "The policy names users or groups that this computer does not know: {names}.",
    "check-grantees-hint": "Correct them in /etc/tarr-steps/tarr-steps.yaml; who is known: getent passwd; getent group",
    "check-sysctl-bad":
      "/proc/sys is read-only here, as in a container: {interfaces} cannot be made to forward, so machines reach nothing beyond this host.",
    "check-sysctl-hint":
      "Make /proc/sys/net writable for this container on its host, or do without: tarr-steps network set lab reach=isolated",
    "check-rules": "The packet rules are in place.",
    "check-rules-bad": "The packet rules are not as they should be.",
    "check-rules-hint": "tarr-steps network reload",
    "check-rules-unknown-bad": "The packet rules could not be read; the system said: “{reason}”.",
    "check-rules-unknown-hint": "journalctl -u tarr-stepsd",
    "check-forwarding": "IPv4 is forwarded where it must be.",
    "check-forwarding-bad": "IPv4 is not forwarded on {interfaces}.",
    "check-forwarding-hint": "tarr-steps network reload",
    "check-forwarding-unknown-bad": "Whether IPv4 is forwarded could not be read; the system said: “{reason}”.",
    "check-forwarding-unknown-hint": "journalctl -u tarr-stepsd",
    "check-provider": "{provider} can be used.",
    "check-provider-slow": "{provider} can be used, in software emulation: KVM does not work for you here.",
    "check-tun": "You may open taps.",
    "check-tun-bad": "You may not open /dev/net/tun, so no machine can plug in.",
    "check-handmade-bad": "VirtualBox bridges “{machine}” to {interface}: TCP with containers may break.",
    "check-handmade-hint": "Give it a port of its own: tarr-steps plug 'virtualbox:{machine}' --nic {nic}",
    "check-neighbour": "{by} lets machines pass ({table} {chain}).",
    "check-neighbour-bad": "{by} drops packets of machines ({table} {chain}).",
    "check-neighbour-hint": "The service puts this right within seconds; if it does not: journalctl -u tarr-stepsd",
    "check-neighbour-closed-bad":
      "{by} drops packets of machines ({table} {chain}): it has not read the zone of tarr-steps.",
    "check-neighbour-closed-hint": "An administrator has it read anew: sudo firewall-cmd --reload",
    "check-firewall-bad":
      "A firewall rule set of this computer drops what it does not know ({family} {table} {chain}): machines may be cut off.",
    "check-firewall-hint":
      "An administrator lets them pass: sudo nft insert rule {family} {table} {chain} iifname 'vswitch*' accept",
    "check-bridge-filter-bad":
      "Frames between machines pass this computer's firewall (bridge-nf-call-iptables), whose {table} {chain} drops what it does not know.",
    "check-bridge-filter-hint":
      "Root lets them be: sudo sysctl net.bridge.bridge-nf-call-iptables=0 (Docker switches it on again)",
    "check-probe-arp": "{switch} answers machines.",
    "check-probe-arp-bad": "A machine on {switch} would not be answered: {why}.",
    "check-probe-dhcp": "A machine on {network} is offered an address.",
    "check-probe-dhcp-bad": "A machine on {network} would be offered no address: {why}.",
    "check-probe-dns": "A machine on {network} resolves {name}.",
    "check-probe-dns-bad": "A machine on {network} would not resolve {name}: {why}.",
    "check-probe-tcp": "A machine on {network} reaches {gateway} by TCP.",
    "check-probe-tcp-bad": "A machine on {network} would not reach {gateway} by TCP: {why}.",
    "check-probe-way": "A machine on {network} reaches {gateway}, which is behind {interface}.",
    "check-probe-way-bad": "A machine on {network} would not reach {gateway}, which is behind {by}: {why}.",
    "cause-firewall": "{family} {table} {chain} drops what it sends ({rule})",
    "cause-firewall-hint":
      "An administrator lets it pass: sudo nft insert rule {family} {table} {chain} iifname 'vswitch*' accept",
    "cause-firewall-out": "{family} {table} {chain} drops the answers ({rule})",
    "cause-firewall-out-hint":
      "An administrator lets them pass: sudo nft insert rule {family} {table} {chain} oifname 'vswitch*' accept",
    "cause-rules": "our packet rules are not as they should be",
    "cause-rules-hint": "An administrator: tarr-steps network reload",
    "cause-service": "tarr-steps-dnsmasq@{network} does not run",
    "cause-service-hint":
      "See why: systemctl status tarr-steps-dnsmasq@{network}; then an administrator: tarr-steps network reload",
    "cause-port-held": "another program has port {port} ({holder})",
    "cause-port-held-hint":
      "Root sees which: sudo ss -lntup 'sport = :{port}'; it should listen on its own addresses only. Then an administrator: tarr-steps network reload",
    "cause-port-shared": "{holder} has port {port} of {address}",
    "cause-port-shared-hint":
      "An administrator writes in {file}: {setting} Then: {then}. The network takes the port back within seconds.",
    "cause-mute": "tarr-steps-dnsmasq@{network} runs and does not answer",
    "cause-mute-hint": "Root starts it anew: sudo systemctl restart tarr-steps-dnsmasq@{network}",
    "cause-forwarding": "IPv4 is not forwarded on {interfaces}",
    "cause-forwarding-hint":
      "An administrator: tarr-steps network reload. If it comes back: grep -r forward /etc/sysctl.conf /etc/sysctl.d",
    "cause-rp-filter":
      "this computer drops what comes in by {interface} and would be answered by another way (rp_filter=1)",
    "cause-rp-filter-hint": "Root: sudo sysctl net.ipv4.conf.{interface}.rp_filter=2",
    "cause-route-back": "{gateway} has no route back to {subnet} (reach routed)",
    "cause-route-back-hint":
      "Give it one, to {subnet} by this computer; or an administrator: tarr-steps network set {network} reach=nat",
    "cause-gateway-silent": "it does not answer this computer either",
    "cause-gateway-silent-hint": "Many gateways are silent by choice. See whether there is a way out: ping {gateway}",
    "cause-entrance": "{interface} is not there",
    "cause-entrance-hint": "An administrator: tarr-steps network reload",
    "cause-unseen": "nothing that can be seen here is in the way",
    "cause-unseen-hint":
      "Look at other firewalls (sudo iptables-legacy -S; sudo nft list ruleset), then: journalctl -u tarr-stepsd",
    "check-tun-hint": "Ask an administrator: sudo chmod 666 /dev/net/tun",
  }) as const;
