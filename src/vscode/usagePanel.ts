/** Everything that is known of an account's usage, in a panel. */
export class UsagePanel {
  show(): void {
    return;
  }
}
