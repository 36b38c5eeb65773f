import { EventEmitter } from 'vscode';
import { modelVendor } from '../../models/messages.ts';
import type { ApiParts, ExportedApi, Exports } from './types.ts';

/** What an extension of another author gets. The members are loaded when one is called. */
export function exportsOf(parts: ApiParts): Exports {
  const didChange = new EventEmitter<void>();
  parts.core.accounts.onDidChange(() => {
    didChange.fire();
  });
  const load = async () => (await import('./members.ts')).membersOf(parts);
  const api: ExportedApi = Object.freeze({
    backendUrl: async (id: string) => (await load()).backendUrl(id),
    accounts: async () => (await load()).accounts(),
    onDidChange: didChange.event,
    usage: async (id: string) => (await load()).usage(id),
    onDidChangeUsage: parts.usage.onDidChange,
    models: Object.freeze({
      vendor: modelVendor,
      status: async () => (await load()).modelsStatus(),
      onDidChange: parts.models.onDidChangeStatus,
    }),
    requestModels: async (reason: string) => (await load()).requestModels(reason),
    openUsage: async (id?: string) => (await load()).openUsage(id),
    openManageAccounts: async () => (await load()).openManageAccounts(),
  });
  return Object.freeze({
    api: (version: number) => {
      if (version !== 1) throw new RangeError(`There is no version ${String(version)} of this API. There is: 1.`);
      return api;
    },
  });
}
