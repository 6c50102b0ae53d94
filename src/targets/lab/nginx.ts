/**
 * nginx as a mail proxy: it speaks TLS and AUTH itself, and hands the session on to the sink, which shows what it
 * says there.
 *
 * Who asks it for a backend is answered by a helper in this process (`auth_http`). Not the default: `proxy_pass_error_message`,
 * without which every refusal of the backend reads alike; the list of extensions, which names what the sink offers; TLS 1.3.
 */

import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Helper, type LabServer, type Ports, WORLD } from './server.ts';

export const nginx: LabServer = {
  name: 'nginx',
  title: 'nginx mail proxy (Debian), AUTH optional',
  packages: ['nginx-core', 'libnginx-mod-mail'],
  software: ['nginx', 'nginx-core'],
  folders: { '/var/log/nginx': 'root', '/var/lib/nginx': 'root' },
  helper: backendFinder,
  files: ports => ({ '/etc/nginx/nginx.conf': configuration(ports) }),
  commands: () => [['nginx']],
  implicitTls: true,
  knownDeviations: [],
};

const configuration = ({ smtp, smtps, helper }: Ports): string => `
load_module /usr/lib/nginx/modules/ngx_mail_module.so;
daemon off;
user root;
worker_processes 2;
pid /run/nginx.pid;
error_log stderr error;
events { worker_connections 512; }
mail {
  server_name ${WORLD.host};
  auth_http 127.0.0.1:${helper}/;
  xclient off;
  proxy_pass_error_message on;
  smtp_capabilities PIPELINING 8BITMIME "SIZE 16777216" ENHANCEDSTATUSCODES;
  smtp_auth none plain login;
  ssl_protocols TLSv1.2 TLSv1.3;
  ssl_certificate ${WORLD.cert};
  ssl_certificate_key ${WORLD.key};
  server { listen 127.0.0.1:${smtp}; protocol smtp; starttls on; }
  server { listen 127.0.0.1:${smtps} ssl; protocol smtp; }
}
`;

/** Answers who may log in, and names the sink as the backend of everybody. */
async function backendFinder(sink: number): Promise<Helper> {
  const server = createServer(({ headers }, response) => {
    const anonymous = headers['auth-method'] === 'none';
    const known = headers['auth-user'] === WORLD.user && headers['auth-pass'] === WORLD.password;
    const answer =
      anonymous || known
        ? { 'Auth-Status': 'OK', 'Auth-Server': '127.0.0.1', 'Auth-Port': String(sink) }
        : { 'Auth-Status': 'Invalid login or password', 'Auth-Error-Code': '535 5.7.8' };
    response.writeHead(200, answer).end();
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    async close() {
      server.closeAllConnections();
      await once(server.close(), 'close');
    },
  };
}
