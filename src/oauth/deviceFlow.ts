import { minute, second } from '../base/duration.ts';
import { AppError } from '../base/errors.ts';
import type { Log } from '../base/log.ts';
import type { DeviceCode, DevicePoll } from './deviceCode.ts';
import type { AccountService } from './service.ts';
import { protocolOf } from './services/index.ts';
import type { RequestContext } from './requestContext.ts';
import type { TokenSet } from './tokenSet.ts';

/** The part of a device code that the person needs. */
export interface ShownCode extends Pick<DeviceCode, 'userCode' | 'verificationUri' | 'requiresOptIn'> {
  /** In milliseconds since the epoch, by this machine's clock: for display. */
  readonly expiresAt: number;
}

export interface DeviceFlowOptions extends RequestContext {
  readonly log: Log;
  /** Shows the code to the person who asked for it. */
  readonly showCode: (code: ShownCode) => void;
  /** Aborted when the person cancels or the window closes. */
  readonly signal: AbortSignal;
}

/** RFC 8628, 3.5: `slow_down` adds five seconds to the interval. */
const slowDown = 5 * second;
const longestPause = minute;
/** How long before the code expires the last poll may come, so that the response arrives while the code is valid. */
const lastPollBefore = second;

/**
 * Signs in with a code that the person approves on any device (RFC 8628). Polls at once and then at the service's interval, goes on
 * through temporary faults with growing pauses, and ends when the code expires.
 * @throws AppError
 */
export async function signInWithDeviceCode(service: AccountService, options: DeviceFlowOptions): Promise<TokenSet> {
  const protocol = protocolOf(service);
  const device = await protocol.device();
  const { clock, log, correlationId } = options;
  const code = await device.start(service, options, protocol);
  const { userCode, verificationUri, lifetime, requiresOptIn } = code;
  const deadline = clock.elapsed() + lifetime;
  log.info('waiting for the device code', { flow: correlationId, interval: code.interval, life: lifetime });
  options.showCode({ userCode, verificationUri, expiresAt: clock.now() + lifetime, requiresOptIn });
  let interval = code.interval;
  for (let faults = 0; ;) {
    const poll = await device.poll(service, code, options, protocol);
    if (poll.kind === 'granted') return poll.tokens;
    if (poll.kind === 'ended') throw poll.error;
    if (poll.kind === 'slowDown') interval += slowDown;
    faults = poll.kind === 'fault' ? faults + 1 : 0;
    await pause(pauseAfter(poll, interval, faults, deadline - clock.elapsed()), deadline, options);
    if (clock.elapsed() >= deadline) throw new AppError('codeExpired', poll.kind === 'fault' ? { cause: poll.error } : {});
  }
}

/** Milliseconds to the next poll. Only a pause that the service asked for may outlast the code: after it an approval would be lost. */
function pauseAfter(poll: DevicePoll, interval: number, faults: number, remaining: number): number {
  if (poll.kind !== 'fault') return interval;
  const wanted = poll.retryAfter ?? Math.min(interval + slowDown * 2 ** (faults - 1), longestPause, remaining - lastPollBefore);
  return Math.max(interval, wanted);
}

/** @throws AppError `cancelled` */
async function pause(wanted: number, deadline: number, { clock, signal }: DeviceFlowOptions): Promise<void> {
  const remaining = deadline - clock.elapsed();
  try {
    await clock.sleep(Math.min(wanted, Math.max(0, remaining)), signal);
    signal.throwIfAborted();
  } catch (error) {
    throw new AppError('cancelled', { cause: error });
  }
}
