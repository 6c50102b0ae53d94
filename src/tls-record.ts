/** Where a TLS record begins and how long it is (RFC 8446, section 5.1), and nothing else of TLS. Pure. */

/** Whether a byte is the first of a record: change_cipher_spec, alert, handshake or data. */
export const isRecord = (byte: number | undefined): boolean =>
  byte !== undefined && byte >= 0x14 && byte <= 0x17;

/** Of these bytes the last two tell how many follow. */
const HEADER = 5;

/** Octets of the record with which the bytes begin, its header among them; undefined where that has not come whole. */
export const recordLength = (bytes: string): number | undefined =>
  bytes.length < HEADER ? undefined : HEADER + (bytes.charCodeAt(3) << 8) + bytes.charCodeAt(4);
