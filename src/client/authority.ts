/**
 * The certificates of the scripted server: an authority that the client is told to trust, a certificate that it
 * should take, and some that it should not. Made anew for each process; only the authority's own is written to disk.
 */

import 'reflect-metadata';
import { webcrypto } from 'node:crypto';
import tls from 'node:tls';
import * as x509 from '@peculiar/x509';
import { CERTIFICATES, type CertificateKind } from './script.ts';
import { SELF } from './spell.ts';

/** The name and the address that certificates are made for, and that clients are told to connect to. */
export const HOST = 'localhost';
export const ADDRESS = '127.0.0.1';

/**
 * Names with the right one in them, as a careless comparison finds it: at the beginning, at the end, behind a dot or a star; and
 * names that are a part of it.
 */
const SIMILAR = [
  `${HOST}.elsewhere.example`,
  `${HOST}-elsewhere.example`,
  `elsewhere-${HOST}`,
  `elsewhere.${HOST}`,
  `*.${HOST}`,
  HOST.slice(0, -1),
  HOST.slice(1),
] as const;

export interface Leaf {
  /** PEM. */
  readonly key: string;
  /** PEM, of all certificates that the server sends. */
  readonly cert: string;
}

export interface Authority {
  /** PEM; clients are told to trust it, and nothing else. */
  readonly ca: string;
  readonly leaves: Readonly<Record<CertificateKind, Leaf>>;
  /** Takes clients of the version and older ones, down to 1.2. */
  context(certificate: CertificateKind, version: '1.2' | '1.3'): tls.SecureContext;
}

const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;
const DAY = 24 * 60 * 60 * 1_000;
/** Reproducers carry these certificates, and should work for as long as a bug report stays open. */
const TEN_YEARS = 10 * 365 * DAY;

export async function newAuthority(): Promise<Authority> {
  const [trusted, stranger] = await Promise.all([newIssuer(), newIssuer()]);
  const other = await leaf(trusted, [SELF], -DAY, TEN_YEARS);
  const [right, similarName, commonName, wrongIssuer, selfSigned, forged, expired, notYet] =
    await Promise.all([
      leaf(trusted, [HOST], -DAY, TEN_YEARS),
      leaf(trusted, SIMILAR, -DAY, TEN_YEARS),
      leaf(trusted, [SELF], -DAY, TEN_YEARS, HOST),
      leaf(stranger, [HOST], -DAY, TEN_YEARS),
      selfSignedLeaf(HOST, -DAY, TEN_YEARS),
      leaf(other, [HOST], -DAY, TEN_YEARS),
      leaf(trusted, [HOST], -3 * DAY, -DAY),
      leaf(trusted, [HOST], TEN_YEARS, 2 * TEN_YEARS),
    ]);
  const leaves = {
    right: await inPem(right),
    'wrong-name': await inPem(other),
    'similar-name': await inPem(similarName),
    'common-name': await inPem(commonName),
    'wrong-issuer': await inPem(wrongIssuer),
    'strange-root': await inPem(wrongIssuer, stranger),
    'self-signed': await inPem(selfSigned),
    'no-authority': await inPem(forged, other),
    expired: await inPem(expired),
    'not-yet-valid': await inPem(notYet),
  };
  return { ca: trusted.certificate.toString('pem'), leaves, context: contextsOf(leaves) };
}

/** A certificate and its keys: what another one can be signed with, whether it may or not. */
interface Issuer {
  readonly keys: CryptoKeyPair;
  readonly certificate: x509.X509Certificate;
}
type CryptoKeyPair = Awaited<ReturnType<typeof newKeys>>;

/** The stranger's is the same: a name proves nothing. */
const ISSUER = 'afresh authority';

const newKeys = () => webcrypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']);

async function newIssuer(): Promise<Issuer> {
  const keys = await newKeys();
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    name: `CN=${ISSUER}`,
    notBefore: new Date(Date.now() - 10 * DAY),
    notAfter: new Date(Date.now() + 2 * TEN_YEARS),
    signingAlgorithm: ALGORITHM,
    keys,
    extensions: [
      new x509.BasicConstraintsExtension(true, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  return { keys, certificate };
}

/** A certificate for one name or several; `from` and `to` in milliseconds from now. */
async function leaf(
  issuer: Issuer,
  hosts: readonly string[],
  from: number,
  to: number,
  commonName = hosts[0],
): Promise<Issuer> {
  const keys = await newKeys();
  const certificate = await x509.X509CertificateGenerator.create({
    subject: `CN=${commonName}`,
    issuer: issuer.certificate.subject,
    notBefore: new Date(Date.now() + from),
    notAfter: new Date(Date.now() + to),
    signingAlgorithm: ALGORITHM,
    publicKey: keys.publicKey,
    signingKey: issuer.keys.privateKey,
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
      namesOf(hosts),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
      await x509.AuthorityKeyIdentifierExtension.create(issuer.keys.publicKey),
    ],
  });
  return { keys, certificate };
}

/** Whose name is right has the right address, too. */
const namesOf = (hosts: readonly string[]): x509.SubjectAlternativeNameExtension =>
  new x509.SubjectAlternativeNameExtension([
    ...hosts.map(value => ({ type: 'dns' as const, value })),
    ...(hosts.includes(HOST) ? [{ type: 'ip' as const, value: ADDRESS }] : []),
  ]);

/** What `openssl req -x509` makes: its own issuer, and marked as an authority. */
async function selfSignedLeaf(host: string, from: number, to: number): Promise<Issuer> {
  const keys = await newKeys();
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    name: `CN=${host}`,
    notBefore: new Date(Date.now() + from),
    notAfter: new Date(Date.now() + to),
    signingAlgorithm: ALGORITHM,
    keys,
    extensions: [
      new x509.BasicConstraintsExtension(true, undefined, true),
      namesOf([host]),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  return { keys, certificate };
}

/** `behind`: what the server sends with it, to prove it by. */
async function inPem({ keys, certificate }: Issuer, ...behind: readonly Issuer[]): Promise<Leaf> {
  const der = await webcrypto.subtle.exportKey('pkcs8', keys.privateKey);
  return {
    key: x509.PemConverter.encode(der, 'PRIVATE KEY'),
    cert: [certificate, ...behind.map(issuer => issuer.certificate)]
      .map(one => `${one.toString('pem')}\n`)
      .join(''),
  };
}

/** One context for each certificate and version; making one takes longer than a session. */
function contextsOf(leaves: Readonly<Record<CertificateKind, Leaf>>): Authority['context'] {
  const versions = { '1.2': 'TLSv1.2', '1.3': 'TLSv1.3' } as const;
  const made = new Map(
    CERTIFICATES.flatMap(certificate =>
      (['1.2', '1.3'] as const).map(version => [
        `${certificate} ${version}`,
        tls.createSecureContext({
          ...leaves[certificate],
          minVersion: versions['1.2'],
          maxVersion: versions[version],
        }),
      ]),
    ),
  );
  return (certificate, version) => made.get(`${certificate} ${version}`) as tls.SecureContext;
}
