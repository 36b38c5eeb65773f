/** What a test orders for a number of responses: faults, each for its route, and changes of their content. */

import { AsyncLocalStorage } from 'node:async_hooks';
import type { Fault, FaultOrder, FaultRoute, Mutable, Mutation, ResponseFault, ResponseScript, StreamFault } from './contract.ts';

/** The orders between two resets. */
export class Orders {
  #faults: (FaultOrder & { fault: ResponseFault; times: number })[] = [];
  #streamFaults: { fault: StreamFault; times: number }[] = [];
  #scripts: (ResponseScript & { times: number })[] = [];
  #mutations: (Mutation & { on: Mutable; times: number })[] = [];

  fail(order: FaultOrder): void {
    const { fault, times = 1 } = order;
    if (isStreamFault(fault)) this.#streamFaults.push({ fault, times });
    else this.#faults.push({ ...order, fault, times });
  }

  script(script: ResponseScript): void {
    this.#scripts.push({ times: 1, ...script });
  }

  mutate(mutation: Mutation): void {
    this.#mutations.push({ on: 'code', times: 1, ...mutation });
  }

  /** The fault for this request, which is used up when it is taken. */
  takeFault(route: FaultRoute | undefined): ResponseFault | undefined {
    return take(this.#faults, each => each.route === route)?.fault;
  }

  /** The ending of this model response, which is used up when it is taken. */
  takeStreamFault(): StreamFault | undefined {
    return take(this.#streamFaults, () => true)?.fault;
  }

  /** What this model response says, which is used up when it is taken. */
  takeScript(): ResponseScript | undefined {
    return take(this.#scripts, () => true);
  }

  /** The change for this response, which is used up when it is taken. */
  takeMutation(on: Mutable): Mutation | undefined {
    return take(this.#mutations, each => each.on === on);
  }
}

export function isStreamFault(fault: Fault): fault is StreamFault {
  return typeof fault === 'object' && 'stream' in fault;
}

function take<T extends { times: number }>(orders: T[], fits: (order: T) => boolean): T | undefined {
  const order = orders.find(fits);
  if (!order) return undefined;
  order.times -= 1;
  if (order.times === 0) orders.splice(orders.indexOf(order), 1);
  return order;
}

/**
 * Gives each request the orders that were made for it. A request has those of the time at which its sign-in began, or at which it came
 * in itself: one that a test has left behind never takes what the next test has ordered.
 */
export class OrderBook {
  #current = new Orders();
  readonly #ofRequest = new AsyncLocalStorage<Orders>();
  readonly #ofSignIns = new Map<string, Orders>();

  /** The orders for new requests. */
  get current(): Orders {
    return this.#current;
  }

  /** The orders for the request that is being processed. */
  get own(): Orders {
    return this.#ofRequest.getStore() ?? this.#current;
  }

  /** Ends the orders; requests of earlier sign-ins keep theirs. */
  reset(): void {
    this.#current = new Orders();
  }

  /** Notes that requests with this code belong to the sign-in of the present request. */
  follow(code: unknown): void {
    if (typeof code === 'string') this.#ofSignIns.set(code, this.own);
  }

  /** @param arrival the orders at the time at which the request came in */
  process<T>(params: Record<string, string>, arrival: Orders, work: () => Promise<T>): Promise<T> {
    const code = params['code'] ?? params['device_auth_id'] ?? params['device_code'] ?? '';
    return this.#ofRequest.run(this.#ofSignIns.get(code) ?? arrival, work);
  }
}
