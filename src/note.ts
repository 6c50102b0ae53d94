/** What a run says beside its findings: what was seen and is none, and what was not looked into. Data, with its reason. */

export interface Note {
  readonly kind:
    | 'unstable'
    | 'unconfirmed'
    | 'cross-connection'
    | 'tls-knowledge'
    /** A fresh connection shows it too, once it is as old. */
    | 'elapsed-time'
    | 'differs-from-implicit-tls'
    | 'noise'
    | 'allowed'
    | 'known'
    | 'skipped'
    | 'restarted'
    /** What was under way when no connection was taken any more. */
    | 'gone'
    /** Another rule than that of the property is departed from. */
    | 'deviation'
    /** What could not be put to the test, though what it needs was given. */
    | 'untested';
  readonly text: string;
  /** What could not be put to the test here, though another part of the run may have done so. */
  readonly about?: 'login' | 'implicit-tls';
}
