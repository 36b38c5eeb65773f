/** The URLs that an issuer names in its discovery document and in its device codes. */
import { BlockList, isIP } from 'node:net';
import { AppError } from '../../base/errors.ts';
import { requireSecureAddress } from '../../base/url.ts';

/**
 * An issuer on the internet that names an address of this machine or of its network would have requests sent there that only this
 * machine can make (server-side request forgery). So no URL may lie nearer than the issuer itself.
 * @throws AppError `endpointNotSecure`
 */
export function requireNamedEndpoint(address: string, issuer: string): string {
  let endpoint;
  try {
    endpoint = requireSecureAddress(address);
  } catch (error) {
    throw new AppError('endpointNotSecure', { cause: error });
  }
  if (nearness(endpoint) > nearness(issuer)) throw new AppError('endpointNotSecure');
  return endpoint;
}

/** 2: this machine; 1: the networks that it is in; 0: anywhere. TLS keeps an issuer's own name from leading to a program that is near. */
function nearness(url: string): 0 | 1 | 2 {
  const host = new URL(url).hostname.replace(/^\[|\]$|\.$/g, '');
  const family = isIP(host);
  if (family === 0) return machineNames.test(host) ? 2 : networkNames.test(host) ? 1 : 0;
  const is = (list: BlockList) => list.check(host, family === 6 ? 'ipv6' : 'ipv4');
  return is(machine) ? 2 : is(networks) ? 1 : 0;
}

/** RFC 6761, 6.3. */
const machineNames = /(^|\.)localhost$/;
/** Names without a dot, and those of RFC 6762, RFC 8375 and ICANN for local networks. */
const networkNames = /^[^.]+$|\.(local|internal|home\.arpa)$/;

const machine = blockList(['127.0.0.0', 8], ['0.0.0.0', 8], ['::', 96]);
/** What RFC 6890 keeps from the internet, multicast, and the prefixes of IPv6 that stand for an IPv4 address. */
const networks = blockList(
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['224.0.0.0', 3],
  ['64:ff9b::', 32],
  ['2002::', 16],
  ['fc00::', 7],
  ['fe80::', 9],
  ['ff00::', 8],
);

/** An IPv4 network stands for its IPv4-mapped IPv6 addresses too. */
function blockList(...subnets: readonly (readonly [string, number])[]): BlockList {
  const list = new BlockList();
  for (const [address, prefix] of subnets) list.addSubnet(address, prefix, address.includes(':') ? 'ipv6' : 'ipv4');
  return list;
}
