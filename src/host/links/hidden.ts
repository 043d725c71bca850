import type { InterfaceName } from "../../model/names.ts";
import { printable } from "../../model/names.ts";
import { subnetOf } from "../../model/address.ts";
import type { TakenSubnet } from "../../plan/observed.ts";
import { netlinkAnswers } from "../netlink.ts";
import { routesOf, routeQuestion } from "../routes/observe.ts";
import { addressesOf, addressQuestion, oddNames } from "./observe.ts";

/**
 * What is behind interfaces that we leave out of everything else. Where every name is a plain one, as nearly everywhere,
 * nothing is asked.
 *
 * @param links answers to `linkQuestion`
 */
export function observeHidden(
  links: readonly Uint8Array[],
  names: ReadonlyMap<number, InterfaceName>,
): readonly TakenSubnet[] {
  const odd = oddNames(links, names);
  if (odd.size === 0) return [];
  const held = addressesOf(netlinkAnswers(addressQuestion)).map(({ index, cidr }) => ({
    index,
    subnet: subnetOf(cidr),
    held: true,
  }));
  const routed = routesOf(netlinkAnswers(routeQuestion)).map(({ index, to }) => ({ index, subnet: to, held: false }));
  return [...held, ...routed].flatMap(({ index, subnet, held: own }) => {
    const name = odd.get(index);
    return name === undefined ? [] : [{ subnet, interface: printable(name), held: own }];
  });
}
