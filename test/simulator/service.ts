/** One of the two services that the simulator is: an OpenID provider with its pages. */

import type { ServerResponse } from 'node:http';
import type Provider from 'oidc-provider';
import type { Application } from './approval.ts';
import type { WaitingDevice } from './devicePage.ts';
import type { Received } from './received.ts';

export interface Service {
  /** Where its paths begin. */
  mount: string;
  provider: Provider;
  application: Application;
  /** Below the mount. */
  devicePage: string;
  /** By what was typed, without hyphens and in capitals. */
  findDevice: (typed: string) => Promise<WaitingDevice | undefined>;
  /** Everything but the pages. */
  answer: (received: Received, response: ServerResponse) => Promise<void>;
}
