/** A model of the plan as VS Code lists it. */
import type { LanguageModelChatInformation } from 'vscode';
import type { AccountInfo } from '../../accounts/account.ts';
import { planName } from '../../accounts/planName.ts';
import { defined } from '../../base/defined.ts';
import type { Model } from '../catalogue.ts';
import { texts } from './texts.ts';

export function informationOf(model: Model, account: AccountInfo): LanguageModelChatInformation {
  const { slug, name, description, maxInputTokens, maxOutputTokens, takesImages, efforts, defaultEffort } = model;
  const paid = texts.paidBy(account.label);
  // VS Code takes these from a provider, though no published type has them.
  const untyped = {
    isUserSelectable: true,
    ...(efforts.length > 0 ? { configurationSchema: effortSchema(efforts, defaultEffort) } : {}),
  };
  return {
    ...untyped,
    id: slug,
    family: slug,
    name,
    version: /\d+(\.\d+)*/.exec(slug)?.[0] ?? '1',
    detail: texts.unofficial(planName(account.identity.plan) ?? 'ChatGPT', account.label),
    tooltip: description === undefined ? paid : `${description}\n\n${paid}`,
    maxInputTokens,
    maxOutputTokens,
    capabilities: { imageInput: takesImages, toolCalling: true },
  };
}

function effortSchema(efforts: Model['efforts'], usual: string | undefined): object {
  const reasoningEffort = {
    type: 'string',
    title: texts.effort(),
    enum: efforts.map(({ name }) => name),
    enumDescriptions: efforts.map(({ description }) => description ?? ''),
    ...defined({ default: usual }),
    group: 'navigation',
  };
  return { type: 'object', properties: { reasoningEffort } };
}
