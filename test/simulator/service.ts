/** One of the two services of the simulator: an OpenID provider with its pages. */

import type { ServerResponse } from 'node:http';
import type Provider from 'oidc-provider';
import type { Application } from './approval.ts';
import type { WaitingDevice } from './devicePage.ts';
import type { Received } from './received.ts';

export interface Service {
  /** The prefix of its paths. */
  mount: string;
  provider: Provider;
  application: Application;
  /** The path of the page for device codes, below the mount. */
  devicePage: string;
  /** Finds a device by the code that was typed, without hyphens and in capitals. */
  findDevice: (typed: string) => Promise<WaitingDevice | undefined>;
  /** Handles every request but those for the pages. */
  handle: (received: Received, response: ServerResponse) => Promise<void>;
}
