/** The events of a Responses stream as the parts of a response. */
import { isRecord, parseJson, readString } from '../../base/json.ts';
import type { ReasoningContent, ResponsePart, TokenUsage } from '../messages.ts';
import { ModelError } from '../modelError.ts';
import type { Phase, RememberedResponse, SaidMessage } from '../reasoningMemory.ts';
import { errorOfEvent } from './errors.ts';
import type { StreamEvent } from './stream.ts';

/** What has come of a response so far. One object for each response. */
export class ResponseReader {
  readonly #parts: ResponsePart[] = [];
  readonly #reasoning: ReasoningContent[] = [];
  readonly #messages: SaidMessage[] = [];
  readonly #callIds: string[] = [];
  /** Whether the present message has come in pieces. */
  #isStreamed = false;
  #isComplete = false;

  /** Whether the service has said that this is all. */
  get isComplete(): boolean {
    return this.#isComplete;
  }

  /** What has to come back with a later request. */
  get remembered(): RememberedResponse {
    return { reasoning: this.#reasoning, messages: this.#messages, callIds: this.#callIds };
  }

  /**
   * @returns the parts that this event adds
   * @throws ModelError as the service says
   */
  read(event: StreamEvent): readonly ResponsePart[] {
    this.#parts.length = 0;
    switch (event['type']) {
      case 'response.output_text.delta':
      case 'response.refusal.delta':
        this.#addDelta(event);
        break;
      case 'response.reasoning_summary_text.delta':
        this.#addThinking(event, readText(event['delta']));
        break;
      case 'response.reasoning_summary_part.done':
        this.#addThinking(event, '\n\n');
        break;
      case 'response.output_item.done':
        this.#addItem(event['item']);
        break;
      case 'response.completed':
        this.#complete(event['response']);
        break;
      case 'response.incomplete':
        this.#endIncomplete(event['response']);
        break;
      case 'response.failed':
      case 'error':
        throw errorOfEvent(event);
      default:
        break;
    }
    return [...this.#parts];
  }

  #addDelta(event: StreamEvent): void {
    const text = readText(event['delta']);
    if (text === '') return;
    this.#isStreamed = true;
    this.#parts.push({ kind: 'text', text });
  }

  #addThinking(event: StreamEvent, text: string): void {
    if (text !== '') this.#parts.push({ kind: 'thinking', id: readText(event['item_id']), text });
  }

  #addItem(item: unknown): void {
    if (!isRecord(item)) return;
    if (item['type'] === 'message') this.#addMessage(item);
    if (item['type'] === 'function_call') this.#addCall(item);
    if (item['type'] === 'reasoning') this.#addReasoning(item);
  }

  #addMessage(item: Record<string, unknown>): void {
    const content = Array.isArray(item['content']) ? item['content'].filter(isRecord) : [];
    const text = content.map(part => readText(part['text']) || readText(part['refusal'])).join('');
    const wasStreamed = this.#isStreamed;
    this.#isStreamed = false;
    if (text === '') return;
    const phase = readPhase(item['phase']);
    this.#messages.push(phase === undefined ? { text } : { text, phase });
    // Some responses bring a message whole.
    if (!wasStreamed) this.#parts.push({ kind: 'text', text });
  }

  #addCall(item: Record<string, unknown>): void {
    const [callId, name] = [readString(item['call_id']), readString(item['name'])];
    if (callId === undefined || name === undefined) return;
    const input = parseJson(readText(item['arguments']));
    this.#callIds.push(callId);
    this.#parts.push({ kind: 'call', callId, name, input: isRecord(input) ? input : {} });
  }

  #addReasoning(item: Record<string, unknown>): void {
    const [id, encrypted] = [readString(item['id']), readString(item['encrypted_content'])];
    if (id === undefined || encrypted === undefined) return;
    this.#reasoning.push({ kind: 'reasoning', id, encrypted });
    this.#parts.push({ kind: 'reasoning', id, encrypted });
  }

  #complete(response: unknown): void {
    this.#isComplete = true;
    const usage = isRecord(response) ? readUsage(response['usage']) : undefined;
    if (usage) this.#parts.push({ kind: 'usage', usage });
  }

  #endIncomplete(response: unknown): void {
    const details = isRecord(response) ? response['incomplete_details'] : undefined;
    if (isRecord(details) && details['reason'] === 'content_filter') throw new ModelError('filtered');
    this.#complete(response);
  }
}

function readUsage(value: unknown): TokenUsage | undefined {
  if (!isRecord(value)) return undefined;
  const [inputDetails, outputDetails] = [value['input_tokens_details'], value['output_tokens_details']];
  return {
    input: readCount(value['input_tokens']),
    output: readCount(value['output_tokens']),
    cachedInput: isRecord(inputDetails) ? readCount(inputDetails['cached_tokens']) : 0,
    reasoning: isRecord(outputDetails) ? readCount(outputDetails['reasoning_tokens']) : 0,
  };
}

function readCount(value: unknown): number {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0 ? value : 0;
}

function readText(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

function readPhase(value: unknown): Phase | undefined {
  return value === 'commentary' || value === 'final_answer' ? value : undefined;
}
