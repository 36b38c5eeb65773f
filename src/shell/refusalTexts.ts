/**
 * What a person is told about a refusal, by what was refused and by the code that the service stated: the one table for sign-in, device
 * codes, refreshes, usage, model requests and API keys. A code that is not in it is told as it is, beside a sentence that is true of any.
 */
import { l10n } from 'vscode';
import type { Refusal, RefusedRequest } from '../base/errors.ts';
import type { ErrorText } from './errorActions.ts';

type Row = Partial<Record<RefusedRequest | 'any', () => ErrorText>>;

const region: Row = {
  any: () => ({
    message: l10n.t(
      "OpenAI doesn't offer this in the country or region, or to the network, that this computer's requests come from. If it works in your browser, VS Code may not use the browser's proxy or VPN: check the setting http.proxy.",
    ),
    action: 'openNetworkSettings',
  }),
};

const clientId: Row = {
  any: () => ({
    message: l10n.t(
      "The service doesn't accept the client ID of this sign-in. If you set chatgptSignIn.clientId, check it; otherwise update the extension.",
    ),
    action: 'openSettings',
  }),
};

const tooMany: Row = {
  any: () => ({ message: l10n.t('The service is receiving too many requests. Try again later.'), action: 'retry' }),
};

const overloaded: Row = {
  any: () => ({ message: l10n.t('The service is overloaded. Try again later.'), action: 'retry' }),
};

const closed = (message: () => string): Row => ({
  any: () => ({ message: message() }),
  signIn: () => ({ message: message(), action: 'retry' }),
  apiKey: () => ({ message: message(), action: 'openApiKeysPage' }),
});

const rows: Readonly<Record<string, Row>> = {
  unsupported_country_region_territory: region,
  account_deactivated: closed(() => l10n.t('The service reports that this account was deactivated. Check your email.')),
  account_suspended: closed(() => l10n.t('The service reports that this account was suspended. Check your email.')),
  account_deleted: closed(() => l10n.t('The service reports that this account was deleted.')),
  deactivated_workspace: closed(() => l10n.t('The service reports that this workspace is not active.')),
  invalid_client: clientId,
  unauthorized_client: clientId,
  invalid_grant: {
    signIn: () => ({
      message: l10n.t("The service doesn't accept this sign-in's code: it was used already, or has expired."),
      action: 'retry',
    }),
    deviceCode: () => ({ message: l10n.t("The service doesn't accept this code any more."), action: 'retry' }),
  },
  rate_limit_exceeded: tooMany,
  slow_down: overloaded,
  server_is_overloaded: overloaded,
  usage_limit_reached: { models: () => ({ message: l10n.t("Your plan's usage limit has been reached.") }) },
  usage_not_included: {
    models: () => ({ message: l10n.t("Your plan doesn't include this model, or its use here. Choose another model.") }),
  },
};

/** `undefined` where the service stated no reason that is known for this request. */
export function refusalText({ request, serviceCode }: Refusal): ErrorText | undefined {
  const row = serviceCode !== undefined && Object.hasOwn(rows, serviceCode) ? rows[serviceCode] : undefined;
  return (row?.[request] ?? row?.any)?.();
}

/** What is true of every refusal of this request, whatever its reason. */
export function refusedText(request: RefusedRequest | undefined): ErrorText {
  switch (request) {
    case 'signIn':
    case 'deviceCode':
      return { message: l10n.t('The sign-in service rejected the request.'), action: 'retry' };
    case 'refresh':
      return { message: l10n.t("The sign-in service didn't refresh this session."), action: 'retry' };
    case 'usage':
      return { message: l10n.t('The service refuses to report the usage of this account.'), action: 'retry' };
    case 'apiKey':
      return { message: l10n.t('The API rejected the request with this key.'), action: 'retry' };
    case 'models':
    case undefined:
      return { message: l10n.t('The service rejected the request.'), action: 'retry' };
  }
}

/** A code that is not in the table, after a sentence of ours. */
export function statedReason(message: string, serviceCode: string): string {
  return l10n.t('{0} Reason stated by the service: {1}.', message, serviceCode);
}
