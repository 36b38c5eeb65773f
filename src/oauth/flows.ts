import type { AccountService } from './service.ts';

export type SignInMethod = 'browser' | 'deviceCode';

export interface SignInEnvironment {
  /** Whether the extension host runs on the machine of the person's browser, so that a redirect to it arrives. */
  readonly isWithBrowser: boolean;
}

interface Flow {
  readonly id: SignInMethod;
  readonly isOffered: (service: AccountService) => boolean;
  /** Whether the redirect, where there is one, arrives without the person's help. */
  readonly suits: (environment: SignInEnvironment) => boolean;
}

/** In order of preference. */
const flows: readonly Flow[] = [
  { id: 'browser', isOffered: () => true, suits: environment => environment.isWithBrowser },
  { id: 'deviceCode', isOffered: service => service.endpoints.deviceAuthorization !== undefined, suits: () => true },
];

/**
 * The methods that a service offers: the first is begun, the panel offers the others.
 * @param preferred the person's choice, by a setting or a command; `auto`: the first that suits the environment
 */
export function chooseFlows(
  service: AccountService,
  environment: SignInEnvironment,
  preferred: SignInMethod | 'auto',
): [SignInMethod, ...SignInMethod[]] {
  const offered = flows.filter(flow => flow.isOffered(service));
  const best = offered.find(({ id }) => id === preferred) ?? offered.find(flow => flow.suits(environment)) ?? offered[0];
  const others = offered.filter(flow => flow !== best).map(({ id }) => id);
  return [best?.id ?? 'browser', ...others];
}
