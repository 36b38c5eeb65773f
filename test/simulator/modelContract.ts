/** What a test orders of model responses, which the service and its client share. */

/** An item of a response. */
export type ScriptedItem =
  | { text: string; phase?: 'commentary' | 'final_answer' }
  | { refusal: string }
  /** The text is its summary. Its content is encrypted, and has to come back before what it led to. */
  | { reasoning: string }
  /** The arguments as the model writes them: any text, or a value for JSON. */
  | { call: string; arguments?: unknown };

/** The response to a request that is accepted. */
export interface ResponseScript {
  /** The number of responses; 1 by default. */
  times?: number;
  output: ScriptedItem[];
  /** false: every item comes whole, without deltas. */
  deltas?: boolean;
  /** What `response.completed` repeats of the items: nothing by default, as is common at the real service. */
  completed?: (typeof completedOutputs)[number];
  /** Sends the limits in an event too. */
  limitsEvent?: boolean;
}

export const completedOutputs = ['empty', 'whole'] as const;

export const streamEndings = ['failed', 'incomplete', 'error', 'cut', 'silence'] as const;

/** A model response that begins as usual and ends in another way: with such an event, with the connection, or not at all. */
export interface StreamFault {
  stream: (typeof streamEndings)[number];
  /** The number of text deltas before that; none by default. */
  after?: number;
  /** The code of the error, or the reason of an incomplete response. */
  code?: string;
}

/** A plan that is used up although its limits are not; null: the service does not say until when. The request is not processed. */
export interface UsedUp {
  usedUpForSeconds: number | null;
}

export const reasoningRules = ['required', 'optional'] as const;
