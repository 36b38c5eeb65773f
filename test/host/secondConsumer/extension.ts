// For the tests alone: another extension beside the consumer, for what the person decides about each.
export { control as activate } from '../consumer/control.ts';
