import type { LogOutputChannel } from 'vscode';
import { describe, expect, it } from 'vitest';
import { Failures } from '../../../src/shell/failures.ts';
import { AppError, errorCodes } from '../../../src/base/errors.ts';
import { refusalOf } from '../../../src/base/refusal.ts';
import { HttpError } from '../../../src/base/http.ts';
import { OutputLog } from '../../../src/shell/outputLog.ts';
import { ManualClock } from '../support/clock.ts';
import { jwt } from '../support/jwt.ts';
import { fetchFailure } from '../support/network.ts';

const token = jwt({ email: 'ada@example.com' });

function log(failures = new Failures(new ManualClock())): { log: OutputLog; lines: string[] } {
  const lines: string[] = [];
  const write = (level: string) => (line: string) => {
    lines.push(`${level}: ${line}`);
  };
  const channel = { info: write('info'), warn: write('warn'), error: write('error') };
  return { log: new OutputLog(channel as Partial<LogOutputChannel> as LogOutputChannel, failures), lines };
}

describe('a line of OutputLog', () => {
  it('a line has its step and each field with a value', () => {
    const { log: under, lines } = log();
    under.info('http', { flow: 'ab12', purpose: 'refresh', status: 200, ms: 0, revoked: false, requestId: undefined, reason: '' });
    under.warn('the session is over');
    expect(lines).toEqual(['info: http flow=ab12 purpose=refresh status=200 ms=0 revoked=false', 'warn: the session is over']);
  });

  it('a line has no secret in any field, but the unchanged request id [R51]', () => {
    const { log: under, lines } = log();
    under.info('http', { reason: token, who: 'ada@example.com', requestId: '11111111-2222-4333-8444-555555555555' });
    under.warn('http', { reason: `Bearer ${token}` });
    expect(lines).toEqual([
      'info: http reason=<token> who=<email> requestId=11111111-2222-4333-8444-555555555555',
      'warn: http reason=Bearer <token>',
    ]);
  });
});

describe('an error in OutputLog', () => {
  const describeError = (error: unknown): string => {
    const { log: under, lines } = log();
    under.error('sign-in failed', error, { flow: 'ab12' });
    expect(lines).toHaveLength(1);
    return lines[0]?.replace('error: sign-in failed flow=ab12 ', '') ?? '';
  };

  it('an error is logged as the chain of its causes, with their codes and without their messages', () => {
    const error = new AppError('unexpected', {
      cause: new HttpError('offline', true, { cause: fetchFailure('ECONNRESET', 'read ECONNRESET') }),
    });
    expect(describeError(error)).toMatch(/^unexpected <- offline <- TypeError: fetch failed\n[^]* <- ECONNRESET: read ECONNRESET$/);
  });

  it('a defect is logged with its stack', () => {
    expect(describeError(new RangeError('a defect'))).toMatch(/^RangeError: a defect\n\s+at /);
  });

  it('an error without a stack is logged with its message', () => {
    expect(describeError(Object.assign(new Error('no stack'), { stack: undefined }))).toBe('no stack');
  });

  it('a thrown value that is not an error is logged by its type alone', () => {
    expect(describeError('a secret text')).toBe('string');
    expect(describeError({ access_token: 'secret' })).toBe('object');
    expect(describeError(null)).toBe('object');
    expect(describeError(undefined)).toBe('');
  });

  it('every cause of an error is redacted [R51]', () => {
    const cause = Object.assign(new Error(`got ${token} for ada@example.com at https://a.example/?code=1`), { code: 'EX' });
    expect(describeError(new AppError('refused', { cause }))).toBe('refused <- EX: got <token> for <email> at <address>');
  });

  it("a refusal is logged with the service's own code", () => {
    const refusal = refusalOf('refresh', 'unsupported_country_region_territory');
    expect(describeError(new AppError('refused', { refusal }))).toBe('refused: unsupported_country_region_territory');
  });

  it('a syntax error is logged without what it quotes [R51]', () => {
    let caught: unknown;
    try {
      JSON.parse('{"name":"Ada Brightwell}');
      JSON.parse('Ada Brightwell');
    } catch (error) {
      caught = error;
    }
    expect(describeError(caught)).toMatch(/^SyntaxError: \n +at /);
    expect(describeError(caught)).not.toMatch(/Ada|Brightwell/);
  });

  it('an error that is its own cause is logged five times', () => {
    const error = new AppError('refused');
    error.cause = error;
    expect(describeError(error)).toBe('refused <- refused <- refused <- refused <- refused');
  });
});

describe('Failures', () => {
  it.each(errorCodes)('an error in the log is remembered by its code: %s', code => {
    const clock = new ManualClock();
    const failures = new Failures(clock);
    log(failures).log.error('sign-in failed', new AppError(code, { cause: new Error('a text') }));
    expect(failures.all).toEqual([{ code, times: 1, at: clock.now(), said: [] }]);
  });

  it('a failure in a log line is remembered too, with its network error codes, and counted once', () => {
    const failures = new Failures(new ManualClock());
    const { log: under } = log(failures);
    under.warn('http', { failure: 'certificateNotTrusted', reason: 'connect SELF_SIGNED_CERT_IN_CHAIN' });
    under.error('sign-in failed', new AppError('certificateNotTrusted'));
    expect(failures.all).toMatchObject([{ code: 'certificateNotTrusted', times: 1, said: ['SELF_SIGNED_CERT_IN_CHAIN'] }]);
  });

  it('a failure after the clock was put back counts as another one', () => {
    const clock = new ManualClock();
    const failures = new Failures(clock);
    failures.note('offline');
    clock.set(clock.now() - 3_600_000);
    failures.note('offline');
    expect(failures.all).toMatchObject([{ times: 2, at: clock.now() }]);
  });

  it('an error without a code is remembered as unexpected, and an unknown code in a log line is not', () => {
    const failures = new Failures(new ManualClock());
    const { log: under } = log(failures);
    under.warn('usage was not read', { failure: 'a word of somebody else' });
    expect(failures.all).toEqual([]);
    under.error('background work failed', new RangeError('a defect'));
    expect(failures.all.map(({ code }) => code)).toEqual(['unexpected']);
  });
});
