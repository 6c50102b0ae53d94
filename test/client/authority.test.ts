import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import net, { type AddressInfo } from 'node:net';
import tls from 'node:tls';
import { expect, test } from 'vitest';
import { CERTIFICATES, type CertificateKind } from '../../src/client/script.ts';
import { authority } from './authority.ts';

/** What OpenSSL says of a certificate, to a client that trusts the authority and nothing else. */
async function problemOf(certificate: CertificateKind): Promise<string | null> {
  const server = tls.createServer({
    SNICallback: (_, done) => done(null, authority.context(certificate, '1.3')),
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const socket = net.connect((server.address() as AddressInfo).port, '127.0.0.1');
  const secure = tls.connect({
    socket,
    ca: authority.ca,
    servername: 'localhost',
    rejectUnauthorized: false,
  });
  await once(secure, 'secureConnect');
  const problem = secure.authorizationError;
  secure.destroy();
  server.close();
  return problem === null ? null : String(problem).replace(/:.*/, '');
}

test('each certificate is wrong in its own way, and one is right', async () => {
  const problems = await Promise.all(CERTIFICATES.map(async kind => [kind, await problemOf(kind)] as const));
  expect(Object.fromEntries(problems)).toMatchObject({
    right: null,
    'wrong-issuer': 'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
    'strange-root': 'SELF_SIGNED_CERT_IN_CHAIN',
    'self-signed': 'DEPTH_ZERO_SELF_SIGNED_CERT',
    // Node has no name for that of OpenSSL, "invalid CA certificate".
    'no-authority': 'UNSPECIFIED',
    expired: 'CERT_HAS_EXPIRED',
    'not-yet-valid': 'CERT_NOT_YET_VALID',
  });
  for (const kind of CERTIFICATES)
    expect(new X509Certificate(authority.leaves[kind].cert).checkHost('localhost') !== undefined).toBe(
      !kind.endsWith('-name'),
    );
});

test('no certificate but one can be told apart by the name of its issuer', () => {
  const trusted = new X509Certificate(authority.ca).subject;
  const others = CERTIFICATES.filter(
    kind => new X509Certificate(authority.leaves[kind].cert).issuer !== trusted,
  );
  expect(others).toEqual(['self-signed', 'no-authority']);
});
