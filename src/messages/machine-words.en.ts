/** Of machines: what happens to them, and the commands about them. */
export const machineWordsEn = () =>
  ({
    "machine-port-new": "{name} had lost its port on {network}: it now has port {port} ({address}).",
    "machine-port-mac": "{name}: the MAC address {former} is in use elsewhere; the card now has {mac}.",
    "machine-port-lost":
      "{name} is up, but without a network: its port is gone. New port: tarr-steps machine restart {name}",
    "port-lost": "port gone; new one: {command}",
    "check-port-lost-bad": "The port of {name} on {network} is gone.",
    "check-port-lost-hint": "Give {name} a new port: {command}",
    "machine-runs": "{name} is running already, at {address}.",
    "machine-stopped-already": "{name} is not running.",
    "machine-native-started": "{name} is started; its address: {address}.",
    "status-network-gone": "{name} is on the network {network}, which no longer exists.",
  }) as const;
