import { describe, expect, it } from 'vitest';
import * as vscode from 'vscode';
import { toMessages } from '../../../../src/models/ui/convert.ts';
import { vsCodeMessage } from '../support/models.ts';

/** They are in no published type of the oldest VS Code. */
const { LanguageModelDataPart, LanguageModelThinkingPart } = vscode as unknown as {
  LanguageModelDataPart: new (data: Uint8Array, mimeType: string) => object;
  LanguageModelThinkingPart: new (value: string, id?: string, metadata?: object) => object;
};
const bytes = (text: string) => new TextEncoder().encode(text);
const convert = (content: readonly object[], role = 1) => toMessages([vsCodeMessage(role, ...content)]);
const contentOf = (...content: object[]) => convert(content)[0]?.content;

describe('messages of VS Code', () => {
  it.each([
    [1, 'user'],
    [2, 'assistant'],
    [3, 'system'],
  ])('role %i is %s', (role, expected) => {
    expect(convert([], role)).toEqual([{ role: expected, content: [] }]);
  });

  it('text, JSON and images are content, and a PDF is a file', () => {
    expect(
      contentOf(
        new vscode.LanguageModelTextPart('Hello'),
        new LanguageModelDataPart(bytes('plain'), 'text/plain'),
        new LanguageModelDataPart(bytes('{}'), 'application/json'),
        new LanguageModelDataPart(bytes('png'), 'image/png'),
        new LanguageModelDataPart(bytes('%PDF'), 'application/pdf'),
      ),
    ).toEqual([
      { kind: 'text', text: 'Hello' },
      { kind: 'text', text: 'plain' },
      { kind: 'text', text: '{}' },
      { kind: 'image', mimeType: 'image/png', data: bytes('png') },
      { kind: 'file', mimeType: 'application/pdf' },
    ]);
  });

  it.each(['cache_control', 'stateful_marker', 'context_management', 'usage', 'audio/wav'])('a data part %s is left out', mimeType => {
    expect(contentOf(new LanguageModelDataPart(bytes('x'), mimeType))).toEqual([]);
  });

  it('a call and its result belong together, and what a tool gives back that has no form here is named', () => {
    expect(
      contentOf(
        new vscode.LanguageModelToolCallPart('call_1', 'read_file', { path: 'a.ts' }),
        new vscode.LanguageModelToolResultPart('call_1', [
          new vscode.LanguageModelTextPart('content'),
          new vscode.LanguageModelPromptTsxPart({ node: 1 }),
          new LanguageModelDataPart(bytes('abc'), 'audio/wav'),
        ] as never),
      ),
    ).toEqual([
      { kind: 'call', callId: 'call_1', name: 'read_file', input: { path: 'a.ts' } },
      {
        kind: 'result',
        callId: 'call_1',
        content: [
          { kind: 'text', text: 'content' },
          { kind: 'text', text: '{"node":1}' },
          { kind: 'text', text: '[audio/wav, 3 bytes]' },
        ],
      },
    ]);
  });

  it('a thinking part brings back the reasoning that was put into it, and one of another model brings nothing', () => {
    const ours = new LanguageModelThinkingPart('', 'rs_1', { encrypted_content: 'secret' });
    expect(contentOf(ours)).toEqual([{ kind: 'reasoning', id: 'rs_1', encrypted: 'secret' }]);
    expect(contentOf(new LanguageModelThinkingPart('Hm.', 'x', { signature: 'y' }), new LanguageModelThinkingPart('Hm.'))).toEqual([]);
    expect(contentOf(new LanguageModelThinkingPart('', 'other', { encrypted_content: 'secret' }))).toEqual([]);
  });
});
