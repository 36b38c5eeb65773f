import type { DeviceCode, DevicePoll } from './device.ts';
import { AppError } from '../base/errors.ts';
import type { RequestContext } from './tokenRequest.ts';
import type { Log } from '../base/log.ts';
import { protocolOf } from './services/index.ts';
import type { AccountService } from './service.ts';
import type { TokenSet } from './tokenSet.ts';

/** What a person needs of a code. */
export type ShownCode = Pick<DeviceCode, 'userCode' | 'verificationUri' | 'expiresAt' | 'requiresOptIn'>;

export interface DeviceFlowOptions extends RequestContext {
  readonly log: Log;
  /** Shows the code to the person who asked for it. */
  readonly showCode: (code: ShownCode) => void;
  /** Aborted when the person cancels or the window closes. */
  readonly signal: AbortSignal;
}

const slowDown = 5_000;
const longestPause = 60_000;
/** How long before the end of a code the last poll may come: soon enough to be answered while the code is good. */
const lastPollBefore = 1_000;

/**
 * Signs in by a code that is approved on any device. Polls at once and then at the interval asked for, goes on through
 * passing faults with growing pauses, and ends when the code does.
 * @throws AppError
 */
export async function signInWithDeviceCode(service: AccountService, options: DeviceFlowOptions): Promise<TokenSet> {
  const { device } = protocolOf(service);
  const { clock, log, correlationId } = options;
  const code = await device.start(service, options);
  log.info('waiting for the device code', { flow: correlationId, interval: code.interval, life: code.expiresAt - clock.now() });
  const { userCode, verificationUri: page, expiresAt, requiresOptIn: hasSwitch } = code;
  options.showCode({ userCode, verificationUri: page, expiresAt, requiresOptIn: hasSwitch });
  let interval = code.interval;
  for (let faults = 0; ;) {
    const poll = await device.poll(service, code, options);
    if (poll.kind === 'granted') return poll.tokens;
    if (poll.kind === 'ended') throw new AppError(poll.error);
    if (poll.kind === 'slowDown') interval += slowDown;
    faults = poll.kind === 'fault' ? faults + 1 : 0;
    await pause(pauseAfter(poll, interval, faults, expiresAt - clock.now()), code, options);
  }
}

/** Milliseconds to the next poll. A pause that grew of our own accord does not outlast the code, or an approval within it would be lost. */
function pauseAfter(poll: DevicePoll, interval: number, faults: number, left: number): number {
  if (poll.kind !== 'fault') return interval;
  const wanted = poll.retryAfter ?? Math.min(interval + slowDown * 2 ** (faults - 1), longestPause, left - lastPollBefore);
  return Math.max(interval, wanted);
}

async function pause(wanted: number, code: DeviceCode, { clock, signal }: DeviceFlowOptions): Promise<void> {
  const left = code.expiresAt - clock.now();
  try {
    await clock.sleep(Math.min(wanted, Math.max(0, left)), signal);
    signal.throwIfAborted();
  } catch (error) {
    throw new AppError('cancelled', { cause: error });
  }
  if (clock.now() >= code.expiresAt) throw new AppError('codeExpired');
}
