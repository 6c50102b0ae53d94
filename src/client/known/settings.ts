/** What all known clients are told. */

/** The name that they greet with. */
export const HELO = 'me.client.example';
/** Seconds that they wait by themselves. */
export const PATIENCE = 3;
