// The counts in the fixture are those of o200k_base, by the package gpt-tokenizer.
import { describe, expect, it } from 'vitest';
import { estimateMessage, estimateRequest, estimateText, TokenCalibration } from '../../../src/models/tokenEstimate.ts';
import { readFixture } from '../support/captured.ts';
import { says } from './support/models.ts';

const samples = readFixture('models/tokens.json') as { kind: string; tokens: number; text: string }[];

describe('the estimate of tokens', () => {
  it('there are samples of many kinds', () => {
    expect(samples.length).toBeGreaterThanOrEqual(10);
  });

  it.each(samples.map(({ kind, tokens, text }) => [kind, tokens, text] as const))('%s is near the count', (_, tokens, text) => {
    const ratio = estimateText(text) / tokens;
    expect(ratio).toBeGreaterThan(0.8);
    expect(ratio).toBeLessThan(1.25);
  });

  it.each([
    ['', 0],
    ['word', 1],
    ['two words', 2],
    ['camelCaseName', 3],
    ['HTMLElement', 2],
    ['1234567', 3],
    ['\n', 1],
  ])('%j', (text, tokens) => {
    expect(estimateText(text)).toBe(tokens);
  });

  it('a message costs three more, and tools count by their JSON', () => {
    expect(estimateMessage(says('user', 'word'))).toBe(4);
    const tools = [{ name: 'read_file', description: 'Reads a file.' }];
    expect(estimateRequest({ messages: [says('user', 'word')], tools })).toBe(4 + estimateText(JSON.stringify(tools)));
  });

  it.each([
    [512, 512, 255],
    [1024, 1024, 765],
    [4096, 2048, 1105],
    [0, 0, 765],
  ])('a PNG of %i × %i counts %i', (width, height, tokens) => {
    const data = new Uint8Array(24);
    data.set([0x89, 0x50]);
    const view = new DataView(data.buffer);
    view.setUint32(16, width);
    view.setUint32(20, height);
    expect(estimateMessage({ role: 'user', content: [{ kind: 'image', mimeType: 'image/png', data }] }) - 3).toBe(tokens);
  });
});

describe('the correction by what the service counted', () => {
  it('follows the counts of a model, and of no other, within bounds', () => {
    const calibration = new TokenCalibration();
    expect(calibration.factor('gpt')).toBe(1);
    for (let n = 0; n < 3; n++) calibration.learn('gpt', 100, 110);
    expect(calibration.factor('gpt')).toBeCloseTo(1.1);
    expect(calibration.factor('other')).toBe(1);
    for (let n = 0; n < 50; n++) calibration.learn('gpt', 100, 1_000);
    expect(calibration.factor('gpt')).toBeCloseTo(1.3);
    for (let n = 0; n < 50; n++) calibration.learn('gpt', 100, 1);
    expect(calibration.factor('gpt')).toBeCloseTo(0.8);
    calibration.learn('gpt', 0, 100);
    expect(calibration.factor('gpt')).toBeCloseTo(0.8);
  });
});
