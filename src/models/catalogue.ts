import { defined } from '../base/defined.ts';
import { isRecord, readString } from '../base/json.ts';
import { readName } from '../base/plainText.ts';

/** A model that the account's plan can run. Every field but the slug may be missing from the service's list. */
export interface Model {
  readonly slug: string;
  readonly name: string;
  readonly description?: string;
  /** Tokens that a request may bring. */
  readonly maxInputTokens: number;
  readonly maxOutputTokens: number;
  readonly takesImages: boolean;
  readonly efforts: readonly Effort[];
  readonly defaultEffort?: string;
  readonly takesVerbosity: boolean;
  readonly serviceTiers: readonly string[];
}

export interface Effort {
  readonly name: string;
  readonly description?: string;
}

/**
 * The Codex release whose list of models this version reads: the service hides models that need a newer one. It tells the level
 * of the catalogue, not who asks.
 */
export const catalogueLevel = '0.169.0';

/** What is kept of the service's list, in its own words, so that every version reads what another one wrote. */
const keptFields = [
  ...['slug', 'display_name', 'description', 'visibility', 'priority', 'context_window', 'input_modalities', 'service_tiers'],
  ...['supported_reasoning_levels', 'default_reasoning_level', 'support_verbosity', 'supported_in_api'],
];
const longestDescription = 300;
/** No more models are listed; a plan has about ten. */
const mostModels = 100;
const slugForm = /^[\w.:/-]{1,100}$/;
const defaultInputTokens = 272_000;
const defaultOutputTokens = 128_000;
const smallWindow = 128_000;
const smallOutputTokens = 32_000;

/** @returns the models to offer, in the service's order; `undefined` where the response is no list of models */
export function decodeCatalogue(body: unknown): readonly Model[] | undefined {
  const models = isRecord(body) ? body['models'] : undefined;
  if (!Array.isArray(models)) return undefined;
  const decoded = models.filter(isRecord).slice(0, mostModels).filter(isListed).sort(byPriority).flatMap(decodeModel);
  return decoded.filter(({ slug }, index) => decoded.findIndex(other => other.slug === slug) === index);
}

const routingForm = /^[a-z0-9_-]{1,32}$/i;
const anywhere = 'NO_CONSTRAINT';

/** Where a workspace wants its requests to go, by what the service says of it; `undefined` where that is anywhere. */
export function decodeRouting(workspace: unknown): string | undefined {
  const routing = isRecord(workspace) ? readString(workspace['account_routing_override']) : undefined;
  return routing !== undefined && routing !== anywhere && routingForm.test(routing) ? routing : undefined;
}

/** The service's list without what is not read: the prompts of its own client alone are larger than all the rest. */
export function keptCatalogue(body: unknown): object {
  const models = isRecord(body) && Array.isArray(body['models']) ? body['models'].filter(isRecord).slice(0, mostModels) : [];
  return { models: models.map(model => Object.fromEntries(Object.entries(model).filter(([name]) => keptFields.includes(name)))) };
}

/** A model without `visibility` is listed. */
function isListed({ visibility }: Record<string, unknown>): boolean {
  return visibility === undefined || visibility === null || visibility === 'list';
}

function byPriority(a: Record<string, unknown>, b: Record<string, unknown>): number {
  const priority = (model: Record<string, unknown>) => readCount(model['priority']) ?? Number.MAX_SAFE_INTEGER;
  return priority(a) - priority(b);
}

function decodeModel(model: Record<string, unknown>): Model[] {
  const slug = readString(model['slug']);
  if (slug === undefined || !slugForm.test(slug)) return [];
  const window = readCount(model['context_window']);
  const efforts = readList(model['supported_reasoning_levels']).flatMap(decodeEffort);
  const defaultEffort = readString(model['default_reasoning_level']);
  return [
    {
      slug,
      name: readName(model['display_name']) ?? slug,
      maxInputTokens: window ?? defaultInputTokens,
      maxOutputTokens: window !== undefined && window <= smallWindow ? smallOutputTokens : defaultOutputTokens,
      takesImages: readList(model['input_modalities']).includes('image'),
      efforts,
      takesVerbosity: model['support_verbosity'] === true,
      serviceTiers: readList(model['service_tiers']).flatMap(tier => readString(isRecord(tier) ? tier['id'] : tier) ?? []),
      ...defined({
        description: readName(model['description'], longestDescription),
        defaultEffort: efforts.some(({ name }) => name === defaultEffort) ? defaultEffort : undefined,
      }),
    },
  ];
}

function decodeEffort(level: unknown): Effort[] {
  const name = readString(isRecord(level) ? level['effort'] : level);
  if (name === undefined || !slugForm.test(name)) return [];
  return [{ name, ...defined({ description: isRecord(level) ? readName(level['description'], longestDescription) : undefined }) }];
}

function readCount(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isFinite(value) && value > 0 ? value : undefined;
}

function readList(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
