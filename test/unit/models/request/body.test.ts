import { describe, expect, it } from 'vitest';
import type { Message, ModelRequest } from '../../../../src/models/messages.ts';
import type { RememberedResponse } from '../../../../src/models/reasoningMemory.ts';
import type { BodyContext } from '../../../../src/models/request/body.ts';
import { toResponsesBody, withoutReasoning } from '../../../../src/models/request/body.ts';
import { ToolNames } from '../../../../src/models/request/toolNames.ts';
import { model, request, says } from '../support/models.ts';

const bodyOf = (changes: Partial<ModelRequest>, context: Partial<BodyContext> = {}) =>
  toResponsesBody(request(changes), { model: model(), toolNames: new ToolNames(), recall: () => undefined, ...context });
const inputOf = (messages: readonly Message[], context: Partial<BodyContext> = {}) => bodyOf({ messages }, context).input;
const call = (callId: string, name = 'read_file') => ({ kind: 'call', callId, name, input: { path: 'a.ts' } }) as const;
const result = (callId: string, text = 'content') => ({ kind: 'result', callId, content: [{ kind: 'text', text }] }) as const;
const remembered: RememberedResponse = {
  reasoning: [{ kind: 'reasoning', id: 'rs_1', encrypted: 'secret' }],
  messages: [{ text: 'I look.', phase: 'commentary' }],
  callIds: ['call_1'],
};
const tool = { name: 'read_file', description: 'Reads a file.', inputSchema: { type: 'object', properties: { path: { type: 'string' } } } };

describe('the body of a model request', () => {
  it('has what the Codex route demands, and nothing that it refuses', () => {
    expect(bodyOf({})).toEqual({
      model: 'gpt-test',
      store: false,
      stream: true,
      instructions: '',
      input: [{ type: 'message', role: 'user', content: [{ type: 'input_text', text: 'Hello' }] }],
      reasoning: { summary: 'auto' },
      include: ['reasoning.encrypted_content'],
      prompt_cache_key: 'conversation-1',
    });
  });

  it('leading system messages are the instructions, and later ones developer messages in their place', () => {
    const body = bodyOf({ messages: [says('system', 'One.'), says('system', 'Two.'), says('user', 'Hello'), says('system', 'Three.')] });
    expect(body.instructions).toBe('One.\n\nTwo.');
    expect(body.input.map(item => (item as { role?: string }).role)).toEqual(['user', 'developer']);
  });

  it.each([
    ['low', { effort: 'low', summary: 'auto' }],
    ['extreme', { summary: 'auto' }],
  ])('the effort %s is sent only if the model lists it', (effort, reasoning) => {
    expect(bodyOf({ effort }).reasoning).toEqual(reasoning);
  });

  it('a model that lists no effort gets no reasoning field', () => {
    expect(bodyOf({ effort: 'low' }, { model: model({ supported_reasoning_levels: [] }) })).not.toHaveProperty('reasoning');
  });

  it('verbosity and service tier are sent only where asked for and listed', () => {
    expect(bodyOf({ verbosity: 'low', serviceTier: 'priority' })).toMatchObject({ text: { verbosity: 'low' }, service_tier: 'priority' });
    const plain = model({ support_verbosity: false, service_tiers: [] });
    const body = bodyOf({ verbosity: 'low', serviceTier: 'priority' }, { model: plain });
    expect(body).not.toHaveProperty('text');
    expect(body).not.toHaveProperty('service_tier');
  });

  it('text and images of one message stay together, in their order', () => {
    const content = [
      { kind: 'text', text: 'See' } as const,
      { kind: 'image', mimeType: 'image/png', data: new Uint8Array([1, 2]) } as const,
    ];
    expect(inputOf([{ role: 'user', content }])).toEqual([
      {
        type: 'message',
        role: 'user',
        content: [
          { type: 'input_text', text: 'See' },
          { type: 'input_image', image_url: 'data:image/png;base64,AQI=', detail: 'auto' },
        ],
      },
    ]);
  });

  it('an image for a model without images is an error that names the model', () => {
    const content = [{ kind: 'image', mimeType: 'image/png', data: new Uint8Array() } as const];
    expect(() => inputOf([{ role: 'user', content }], { model: model({ input_modalities: ['text'] }) })).toThrow(
      expect.objectContaining({ code: 'noImages', details: { model: 'GPT Test' } }),
    );
  });

  it.each([[[]], [[says('user', '')]], [[says('system', 'Only instructions.')]]])(
    'a request without input is refused before it is sent',
    messages => {
      expect(() => bodyOf({ messages })).toThrow(expect.objectContaining({ code: 'badRequest' }));
    },
  );
});

describe('tools', () => {
  it('a tool is a flat function', () => {
    expect(bodyOf({ tools: [tool, { name: 'now', description: 'The time.' }] })).toMatchObject({
      tools: [
        { type: 'function', name: 'read_file', description: 'Reads a file.', parameters: tool.inputSchema, strict: false },
        { type: 'function', name: 'now', parameters: { type: 'object', properties: {} } },
      ],
      tool_choice: 'auto',
      parallel_tool_calls: true,
    });
  });

  it('a required tool is named if it is the only one', () => {
    expect(bodyOf({ tools: [tool], toolChoice: 'required' }).tool_choice).toEqual({ type: 'function', name: 'read_file' });
    expect(bodyOf({ tools: [tool, { ...tool, name: 'other' }], toolChoice: 'required' }).tool_choice).toBe('required');
  });

  it('a name that the service does not take is shortened, told apart, and mapped back', () => {
    const toolNames = new ToolNames();
    const names = ['mcp: read/file', 'mcp: read.file', 'x'.repeat(80), 'plain'];
    const sent = names.map(name => toolNames.toService(name));
    for (const name of sent) expect(name).toMatch(/^[A-Za-z0-9_-]{1,64}$/);
    expect(new Set(sent).size).toBe(names.length);
    expect(sent[3]).toBe('plain');
    expect(sent.map(name => toolNames.fromService(name))).toEqual(names);
  });
});

describe('earlier responses', () => {
  const turn: Message[] = [
    says('user', 'Read it.'),
    { role: 'assistant', content: [{ kind: 'text', text: 'I look.' }, call('call_1')] },
    { role: 'user', content: [result('call_1')] },
  ];

  it('reasoning comes back once, directly before the first item of its response, which has its phase', () => {
    const input = inputOf(turn, { recall: ({ callIds }) => (callIds.includes('call_1') ? remembered : undefined) });
    expect(input.slice(1)).toEqual([
      { type: 'reasoning', id: 'rs_1', summary: [], encrypted_content: 'secret' },
      { type: 'message', role: 'assistant', content: [{ type: 'output_text', text: 'I look.' }], phase: 'commentary' },
      { type: 'function_call', call_id: 'call_1', name: 'read_file', arguments: '{"path":"a.ts"}' },
      { type: 'function_call_output', call_id: 'call_1', output: 'content' },
    ]);
  });

  it('reasoning that the caller brings is used where none is remembered', () => {
    const brought = { kind: 'reasoning', id: 'rs_9', encrypted: 'theirs' } as const;
    const messages: Message[] = [says('user', 'Read it.'), { role: 'assistant', content: [brought, { kind: 'text', text: 'Done.' }] }];
    expect(inputOf(messages)[1]).toMatchObject({ type: 'reasoning', id: 'rs_9', encrypted_content: 'theirs' });
  });

  it('reasoning comes back once, also where a caller makes several messages of one response', () => {
    const two = { ...remembered, callIds: ['call_1', 'call_2'] };
    const messages: Message[] = [
      says('user', 'Read both.'),
      { role: 'assistant', content: [call('call_1')] },
      { role: 'user', content: [result('call_1')] },
      { role: 'assistant', content: [call('call_2')] },
      { role: 'user', content: [result('call_2')] },
    ];
    expect(inputOf(messages, { recall: () => two }).map(({ type }) => type)).toEqual([
      ...['message', 'reasoning', 'function_call', 'function_call_output'],
      ...['function_call', 'function_call_output'],
    ]);
  });

  it('a result that stands before its call is none of it', () => {
    const messages: Message[] = [
      { role: 'user', content: [result('call_1', 'too early')] },
      { role: 'assistant', content: [call('call_1')] },
    ];
    expect(inputOf(messages)).toMatchObject([
      { type: 'function_call', call_id: 'call_1' },
      { type: 'function_call_output', call_id: 'call_1', output: 'No result.' },
    ]);
  });

  it('an assistant message without text and calls leaves no reasoning behind', () => {
    const messages: Message[] = [says('user', 'Hi'), { role: 'assistant', content: [{ kind: 'text', text: '' }] }];
    expect(inputOf(messages, { recall: () => remembered })).toHaveLength(1);
  });

  it('a call without a result gets one, and a result without a call is left out', () => {
    const messages: Message[] = [
      { role: 'user', content: [result('lost')] },
      { role: 'assistant', content: [call('call_1'), call('call_2')] },
      { role: 'user', content: [result('call_2')] },
    ];
    expect(inputOf(messages).map(item => [item.type, (item as { call_id: string }).call_id])).toEqual([
      ['function_call', 'call_1'],
      ['function_call_output', 'call_1'],
      ['function_call', 'call_2'],
      ['function_call_output', 'call_2'],
    ]);
  });

  it('the same body without reasoning keeps everything else', () => {
    const body = bodyOf({ messages: turn }, { recall: () => remembered });
    expect(withoutReasoning(body).input.map(({ type }) => type)).toEqual(['message', 'message', 'function_call', 'function_call_output']);
  });
});
