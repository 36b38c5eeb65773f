/** The models of a plan, and the list of them that a client of some version gets. */

import type { SimulatedResponse } from './contract.ts';

export interface Model {
  readonly slug: string;
  readonly display_name: string;
  readonly visibility: 'list' | 'hide';
  readonly minimal_client_version: string;
  /** The plans that have it; absent: all. */
  readonly available_in_plans?: readonly string[];
  readonly context_window: number;
  readonly input_modalities: readonly string[];
  readonly support_verbosity: boolean;
  readonly efforts: readonly string[];
  readonly service_tiers: readonly string[];
}

const usual = {
  visibility: 'list',
  minimal_client_version: '0.144.0',
  context_window: 272_000,
  input_modalities: ['text', 'image'],
  support_verbosity: true,
  efforts: ['low', 'medium', 'high'],
  service_tiers: [],
} as const;

const models: readonly Model[] = [
  { ...usual, slug: 'gpt-6.1-sol', display_name: 'GPT-6.1 Sol', service_tiers: ['priority'] },
  {
    ...usual,
    slug: 'gpt-6.1-luna',
    display_name: 'GPT-6.1 Luna',
    minimal_client_version: '0.160.0',
    context_window: 128_000,
    input_modalities: ['text'],
    support_verbosity: false,
    efforts: ['low', 'medium'],
  },
  {
    ...usual,
    slug: 'gpt-6.1-sol-pro',
    display_name: 'GPT-6.1 Sol Pro',
    available_in_plans: ['pro', 'business', 'enterprise'],
    efforts: ['medium', 'high', 'xhigh'],
  },
  { ...usual, slug: 'codex-auto-review', display_name: 'Auto review', visibility: 'hide' },
];

export function findModel(plan: string, slug: string): Model | undefined {
  return models.find(model => model.slug === slug && isInPlan(model, plan));
}

function isInPlan({ available_in_plans: plans }: Model, plan: string): boolean {
  return plans === undefined || plans.includes(plan);
}

/** A client gets the models of which it says that it knows them: one that is too old gets none, and one that says nothing is refused. */
export function modelList(plan: string, version: string | undefined): SimulatedResponse {
  const client = /^(\d+)\.(\d+)\.(\d+)$/
    .exec(version ?? '')
    ?.slice(1)
    .map(Number);
  if (!client) return { status: 400, body: { detail: 'client_version is required' } };
  const listed = models.filter(model => isInPlan(model, plan) && isKnownBy(client, model));
  return { status: 200, body: { models: listed.map(describe) } };
}

function isKnownBy(client: readonly number[], { minimal_client_version: minimum }: Model): boolean {
  const needed = minimum.split('.').map(Number);
  const at = needed.findIndex((part, index) => part !== client[index]);
  return at === -1 || (client[at] ?? 0) > (needed[at] ?? 0);
}

function describe({ efforts, service_tiers: tiers, ...model }: Model, index: number): Record<string, unknown> {
  return {
    ...model,
    description: 'A model of the simulator: it repeats what it has read.',
    supported_in_api: true,
    priority: index,
    max_context_window: 1_000_000,
    supported_reasoning_levels: efforts.map(effort => ({ effort, description: effort })),
    default_reasoning_level: 'medium',
    supports_parallel_tool_calls: true,
    ...(model.support_verbosity ? { default_verbosity: 'low' } : {}),
    service_tiers: tiers.map(id => ({ id, name: 'Fast', description: 'Faster, at a higher price.' })),
    supports_reasoning_summaries: true,
    use_responses_lite: false,
    base_instructions: 'The prompt of another client.',
  };
}
