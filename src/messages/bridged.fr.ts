import type { ErrorCode } from "../error.ts";
import type { ErrorWords } from "./errors.en.ts";

type Code = Extract<ErrorCode, `bridge-${string}` | `trial-${string}`>;

/** What can stand in the way of a bridged network, and how a trial ends. */
export const bridgedFr = (): Readonly<Record<Code, ErrorWords>> => ({
  "bridge-no-uplink": {
    message:
      "Il n'y a pas d'interface filaire sur laquelle ponter {network} : aucune n'a d'adresse ni de route par défaut.",
    hint: "Branchez le câble, ou nommez l'interface : tarr-steps network set {network} reach=bridged uplink=NOM",
  },
  "bridge-unknown-uplink": {
    message: "Il n'y a pas d'interface {uplink} sur laquelle ponter {network}.",
    hint: "Les interfaces : ip -brief link",
  },
  "bridge-many-uplinks": {
    message: "{network} peut être ponté sur plusieurs interfaces : {uplinks}.",
    hint: "Dites laquelle : tarr-steps network set {network} reach=bridged uplink=NOM",
  },
  "bridge-not-ethernet": {
    message: "{uplink} n'est pas une interface Ethernet : rien ne peut y être ponté.",
    hint: "Une autre portée : tarr-steps network set {network} reach=proxy-arp pool=PREMIÈRE-DERNIÈRE",
  },
  "bridge-wireless": {
    message: "{uplink} est une interface Wi-Fi : une borne ne prend que les trames de cet ordinateur.",
    hint: "Une autre portée y marche : tarr-steps network set {network} reach=proxy-arp pool=PREMIÈRE-DERNIÈRE",
  },
  "bridge-authenticated": {
    message: "{uplink} s'identifie sur le réseau local (802.1X) : celui-ci ne prend que les trames de cet ordinateur.",
    hint: "Une autre portée y marche : tarr-steps network set {network} reach=proxy-arp pool=PREMIÈRE-DERNIÈRE",
  },
  "bridge-member": {
    message: "{uplink} fait déjà partie de {master} : rien ne peut y être ponté.",
    hint: "Nommez une autre interface : tarr-steps network set {network} reach=bridged uplink=NOM",
  },
  "bridge-kind": {
    message:
      "{uplink} est une interface {kind} : les machines se pontent sur une carte réseau, un agrégat de cartes ou un VLAN.",
    hint: "Nommez une autre interface : tarr-steps network set {network} reach=bridged uplink=NOM",
  },
  "bridge-taken": {
    message: "{uplink} porte déjà le réseau ponté {other}.",
    hint: "L'un des deux : tarr-steps network set {other} reach=nat",
  },
  "bridge-shared-only": {
    message: "Un réseau se ponte une fois qu'il existe, et s'il est à tout le monde : {network} ne l'est pas.",
    hint: "tarr-steps network create NOM --shared, puis : tarr-steps network set NOM reach=bridged",
  },
  "trial-running": {
    message: "{network} est à l'essai pour {seconds} s encore : d'ici là, rien d'autre n'est changé.",
    hint: "Le garder : tarr-steps confirm. Ou y mettre fin tout de suite : tarr-steps network reload",
  },
  "trial-none": {
    message: "Il n'y a rien à confirmer.",
    hint: "Ce qui est en vigueur : tarr-steps status",
  },
  "trial-unconfirmed": {
    message: "Personne n'a confirmé à temps reach={reach} pour {network} : c'est annulé.",
    hint: "De nouveau : tarr-steps network set {network} reach={reach}, puis dans les {seconds} s : tarr-steps confirm",
  },
  "trial-gateway-silent": {
    message:
      "Avec reach={reach} pour {network}, la passerelle {gateway} ne répondait plus sur {uplink} : c'est annulé.",
    hint: "Répond-elle maintenant ? ping -c 3 {gateway}. Certains réseaux n'admettent qu'une MAC par prise : tarr-steps network set {network} reach=proxy-arp pool=PREMIÈRE-DERNIÈRE",
  },
  "trial-interrupted": {
    message: "Le service a été arrêté avant que quelqu'un confirme reach={reach} pour {network} : c'est annulé.",
    hint: "De nouveau : tarr-steps network set {network} reach={reach}, puis dans les {seconds} s : tarr-steps confirm",
  },
});
