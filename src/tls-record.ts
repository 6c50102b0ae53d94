/** Where TLS records begin and how long they are (RFC 8446, section 5.1), and nothing else of TLS. No I/O. */

/** Whether a byte is the first of a record: change_cipher_spec, alert, handshake or data. */
export const isRecord = (byte: number | undefined): boolean =>
  byte !== undefined && byte >= 0x14 && byte <= 0x17;

/** Of these bytes the last two tell how many follow. */
const HEADER = 5;

/** Octets of the record with which the bytes begin, its header among them; undefined where that has not come whole. */
export const recordLength = (bytes: string): number | undefined =>
  bytes.length < HEADER ? undefined : HEADER + (bytes.charCodeAt(3) << 8) + bytes.charCodeAt(4);

/** Follows a stream of records, and tells where something begins in it that is none. */
export class RecordStream {
  /** Of the record on its way: what has come of its header, and how many octets are still to come behind that. */
  #header = '';
  #left = 0;

  /** Where in these bytes no record begins though one is due; -1 where all is records. */
  strayIn(bytes: Buffer): number {
    let at = 0;
    while (at < bytes.length) {
      if (this.#left > 0) {
        const taken = Math.min(this.#left, bytes.length - at);
        this.#left -= taken;
        at += taken;
        continue;
      }
      if (this.#header === '' && !isRecord(bytes[at])) return at;
      this.#header += bytes.toString('latin1', at, at + 1);
      at++;
      if (this.#header.length < HEADER) continue;
      this.#left = (recordLength(this.#header) ?? HEADER) - HEADER;
      this.#header = '';
    }
    return -1;
  }
}
