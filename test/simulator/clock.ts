/** The service's own clock. It shifts every `Date` of the process, so that the libraries have the same time. */

const RealDate = Date;
let offsetMs = 0;

const ShiftedDate = new Proxy(RealDate, {
  construct: (target, args: unknown[], newTarget) =>
    Reflect.construct(target, args.length === 0 ? [RealDate.now() + offsetMs] : args, newTarget) as object,
  get: (target, property, receiver) =>
    property === 'now' ? () => RealDate.now() + offsetMs : (Reflect.get(target, property, receiver) as unknown),
});

export function installClock(): void {
  globalThis.Date = ShiftedDate;
}

export function shiftClock(seconds: number): void {
  offsetMs = seconds * 1000;
}

export function nowSeconds(): number {
  return Math.floor(Date.now() / 1000);
}
