import type { AccountService } from './service.ts';

/** A way to sign in. */
export type SignInMethod = 'browser' | 'deviceCode';

/** What decides which way is best, as far as it can be known. */
export interface SignInEnvironment {
  /** Whether the extension runs on the machine that the person's browser runs on, so that a redirect to it arrives. */
  readonly isWithBrowser: boolean;
}

interface Flow {
  readonly id: SignInMethod;
  /** Whether the service offers it at all. */
  readonly isOffered: (service: AccountService) => boolean;
  /** Whether it works here without the person's help. */
  readonly suits: (host: SignInEnvironment) => boolean;
}

/** In the order of preference where both suit. */
const flows: readonly Flow[] = [
  { id: 'browser', isOffered: () => true, suits: host => host.isWithBrowser },
  { id: 'deviceCode', isOffered: service => service.endpoints.deviceAuthorization !== undefined, suits: () => true },
];

/**
 * The ways to sign in to a service from here: the first is begun, the others are offered by name.
 * @param wish what the person chose, in the settings or by a command; `auto` leaves it to us
 */
export function chooseFlows(
  service: AccountService,
  host: SignInEnvironment,
  wish: SignInMethod | 'auto',
): [SignInMethod, ...SignInMethod[]] {
  const offered = flows.filter(flow => flow.isOffered(service));
  const best = offered.find(({ id }) => id === wish) ?? offered.find(flow => flow.suits(host)) ?? offered[0];
  const others = offered.filter(flow => flow !== best).map(({ id }) => id);
  return [best?.id ?? 'browser', ...others];
}
