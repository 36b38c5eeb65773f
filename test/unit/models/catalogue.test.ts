import { describe, expect, it } from 'vitest';
import { decodeCatalogue, keptCatalogue } from '../../../src/models/catalogue.ts';
import { listed, model } from './support/models.ts';

const slugs = (models: readonly unknown[]) => decodeCatalogue({ models })?.map(({ slug }) => slug);

describe('the list of models', () => {
  it('a model has what the service says of it', () => {
    expect(model()).toEqual({
      slug: 'gpt-test',
      name: 'GPT Test',
      description: 'For tests.',
      maxInputTokens: 272_000,
      maxOutputTokens: 128_000,
      takesImages: true,
      efforts: [
        { name: 'low', description: 'Fast' },
        { name: 'medium', description: 'Balanced' },
      ],
      defaultEffort: 'medium',
      takesVerbosity: true,
      serviceTiers: ['priority'],
    });
  });

  it('a model with nothing but a slug is offered with what is usual', () => {
    expect(decodeCatalogue({ models: [{ slug: 'gpt-bare' }] })).toEqual([
      {
        slug: 'gpt-bare',
        name: 'gpt-bare',
        maxInputTokens: 272_000,
        maxOutputTokens: 128_000,
        takesImages: false,
        efforts: [],
        takesVerbosity: false,
        serviceTiers: [],
      },
    ]);
  });

  it('a small window has a small output', () => {
    expect(model({ context_window: 128_000 })).toMatchObject({ maxInputTokens: 128_000, maxOutputTokens: 32_000 });
  });

  it('only listed models are offered, by priority, each once', () => {
    const models = [
      listed({ slug: 'b', priority: 2 }),
      listed({ slug: 'hidden', visibility: 'hide' }),
      listed({ slug: 'last', visibility: null, priority: undefined }),
      listed({ slug: 'a', priority: 1 }),
      listed({ slug: 'a', priority: 3 }),
    ];
    expect(slugs(models)).toEqual(['a', 'b', 'last']);
  });

  it('one that is broken drops no other, and one broken field nothing else', () => {
    expect(slugs([null, 1, 'x', {}, { slug: '' }, { slug: 7 }, { slug: 'a b' }, listed()])).toEqual(['gpt-test']);
    const broken = listed({
      context_window: 'many',
      input_modalities: 1,
      supported_reasoning_levels: [{}, 3, { effort: 'low' }],
      service_tiers: {},
    });
    expect(decodeCatalogue({ models: [broken] })?.[0]).toMatchObject({
      maxInputTokens: 272_000,
      takesImages: false,
      efforts: [{ name: 'low' }],
      serviceTiers: [],
    });
  });

  it('a default effort that is not among the efforts is none', () => {
    expect(model({ default_reasoning_level: 'extreme' })).not.toHaveProperty('defaultEffort');
  });

  it.each([[undefined], [[]], [{}], [{ models: {} }], ['<html>']])('%j is no list', body => {
    expect(decodeCatalogue(body)).toBeUndefined();
  });

  it('what is kept decodes to the same, without the prompts of another client', () => {
    const body = { models: [listed({ base_instructions: 'CANARY' }), listed({ slug: 'b', minimal_client_version: '0.1.0' })] };
    const kept = keptCatalogue(body);
    expect(JSON.stringify(kept)).not.toContain('CANARY');
    expect(decodeCatalogue(kept)).toEqual(decodeCatalogue(body));
  });
});
