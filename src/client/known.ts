/**
 * Clients that are known by name, with ready command lines. Each is told to give up early, so that silence can be put
 * to the test, unless it cannot be told. To add one: an entry here, its package in `.ci/packages`; a mail
 * transfer agent is a file in `known/` and a word in `agents.ts`.
 */

import { fileURLToPath } from 'node:url';
import { suggestion } from '../suggestion.ts';
import { TargetError } from '../targets/target.ts';
import { AGENT_CLIENTS } from './agents.ts';
import { HELO, PATIENCE } from './known/settings.ts';
import { type Client, type CommandOptions, commandClient, MESSAGE, type Order } from './launch.ts';
import { NPM_CLIENTS } from './npm.ts';
import { REFERENCE_CLIENTS } from './reference/clients.ts';

const script = (file: string): string => fileURLToPath(new URL(`./known/${file}`, import.meta.url));

/** What a script of ours is told, in an order of its own. */
const told = ({ host, port, caFile, tls, user, password, from, to, errand }: Order): readonly string[] => [
  host,
  String(port),
  caFile,
  tls,
  from,
  to,
  ...(errand.login === true ? [user, password] : []),
];

const debian = (name: string): string => `install Debian's package ${name}`;
const login = ({ errand }: Order, ...words: readonly string[]): readonly string[] =>
  errand.login === true ? words : [];

const COMMANDS: readonly CommandOptions[] = [
  {
    name: 'curl',
    title: 'curl --ssl-reqd, or --ssl',
    wishes: ['required', 'opportunistic'],
    impatient: true,
    version: ['curl', '--version'],
    obtain: debian('curl'),
    line: order => ({
      words: [
        ...['curl', '-q', '-sS', `-m${PATIENCE}`, order.tls === 'required' ? '--ssl-reqd' : '--ssl'],
        ...['--cacert', order.caFile, '--mail-from', order.from, '--mail-rcpt', order.to, '-T', MESSAGE.crlf],
        ...login(order, '--user', `${order.user}:${order.password}`),
        `smtp://${order.host}:${order.port}/${HELO}`,
      ],
    }),
  },
  {
    name: 'swaks',
    title: 'swaks --pipeline --tls, or --tls-optional',
    wishes: ['required', 'opportunistic'],
    impatient: true,
    version: ['swaks', '--version'],
    obtain: debian('swaks'),
    line: order => ({
      words: [
        ...['swaks', '--server', order.host, '--port', String(order.port), '--timeout', `${PATIENCE}s`],
        ...[
          '--pipeline',
          order.tls === 'required' ? '--tls' : '--tls-optional',
          '--tls-verify',
          '--tls-ca-path',
          order.caFile,
        ],
        ...['--helo', HELO, '--from', order.from, '--to', order.to, '--data', `@${MESSAGE.lf}`],
        ...login(
          order,
          '--auth',
          'PLAIN,LOGIN',
          '--auth-user',
          order.user,
          '--auth-password',
          order.password,
        ),
      ],
    }),
  },
  {
    name: 'smtplib',
    title: 'Python smtplib: starttls(context), login, sendmail',
    wishes: ['required', 'opportunistic'],
    impatient: true,
    version: ['/usr/bin/python3', '--version'],
    obtain: debian('python3'),
    line: order => ({ words: ['/usr/bin/python3', script('smtplib_client.py'), ...told(order)] }),
  },
  {
    name: 'aiosmtplib',
    title: 'Python aiosmtplib: start_tls=True, or None',
    wishes: ['required', 'opportunistic'],
    impatient: true,
    version: ['/usr/bin/python3', '-c', 'import aiosmtplib; print("aiosmtplib", aiosmtplib.__version__)'],
    obtain: debian('python3-aiosmtplib'),
    line: order => ({ words: ['/usr/bin/python3', script('aiosmtplib_client.py'), ...told(order)] }),
  },
  {
    name: 'msmtp',
    title: 'msmtp --tls=on --tls-starttls=on',
    wishes: ['required'],
    impatient: true,
    version: ['msmtp', '--version'],
    obtain: debian('msmtp'),
    line: order => ({
      words: [
        ...[
          'msmtp',
          '--file=/dev/null',
          `--host=${order.host}`,
          `--port=${order.port}`,
          `--timeout=${PATIENCE}`,
        ],
        ...['--tls=on', '--tls-starttls=on', `--tls-trust-file=${order.caFile}`, `--domain=${HELO}`],
        ...[`--from=${order.from}`, order.errand.login === true ? '--auth=on' : '--auth=off'],
        ...login(order, `--user=${order.user}`, `--passwordeval=echo ${order.password}`),
        order.to,
      ],
    }),
  },
  {
    name: 's-nail',
    title: 's-nail with smtp-use-starttls',
    wishes: ['required'],
    // Its limit is for the connection alone; a server that is silent it leaves after three quarters of a minute.
    impatient: false,
    version: ['s-nail', '--version'],
    obtain: debian('s-nail'),
    line: order => ({
      words: [
        ...['s-nail', '-:/', '-Sv15-compat', `-Smta=smtp://${sNailLogin(order)}${order.host}:${order.port}`],
        ...[
          '-Ssmtp-use-starttls',
          `-Stls-ca-file=${order.caFile}`,
          '-Stls-ca-no-defaults',
          '-Stls-verify=strict',
        ],
        ...[`-Ssmtp-auth=${order.errand.login === true ? 'plain' : 'none'}`, `-Ssmtp-hostname=${HELO}`],
        ...[
          `-Ssocket-connect-timeout=${PATIENCE}`,
          `-Sfrom=${order.from}`,
          '-Ssendwait',
          '-Snosave',
          '-s',
          order.mark,
          order.to,
        ],
      ],
    }),
  },
  ...(['mutt', 'neomutt'] as const).map(
    (name): CommandOptions => ({
      name,
      title: `${name} with ssl_starttls, and ssl_force_tls where TLS is required`,
      wishes: ['required', 'opportunistic'],
      impatient: false,
      version: [name, '-v'],
      obtain: debian(name),
      line: order => ({
        words: [name, '-n', '-F', 'muttrc', '-s', order.mark, order.to],
        files: { muttrc: muttrc(order) },
      }),
    }),
  ),
  {
    name: 'net-smtp-perl',
    title: 'Perl Net::SMTP: starttls, auth, mail, to, data',
    wishes: ['required', 'opportunistic'],
    impatient: true,
    version: ['perl', '-MNet::SMTP', '-MIO::Socket::SSL', '-e', 'print "Net::SMTP $Net::SMTP::VERSION"'],
    obtain: debian('libio-socket-ssl-perl'),
    line: order => ({ words: ['perl', script('net_smtp.pl'), ...told(order)] }),
  },
  {
    name: 'git-send-email',
    title: 'git send-email --smtp-encryption=tls',
    wishes: ['required'],
    impatient: false,
    version: ['git', '--version'],
    obtain: debian('git-email'),
    line: order => ({
      words: [
        ...['git', 'send-email', `--smtp-server=${order.host}`, `--smtp-server-port=${order.port}`],
        ...['--smtp-encryption=tls', `--smtp-ssl-cert-path=${order.caFile}`, `--smtp-domain=${HELO}`],
        ...(order.errand.login === true
          ? [`--smtp-user=${order.user}`, `--smtp-pass=${order.password}`, '--smtp-auth=PLAIN']
          : ['--smtp-auth=none']),
        ...[
          `--from=${order.from}`,
          `--to=${order.to}`,
          '--confirm=never',
          '--suppress-cc=all',
          '--no-validate',
        ],
        MESSAGE.lf,
      ],
    }),
  },
  {
    name: 'net-smtp-ruby',
    title: 'Ruby net/smtp: enable_starttls, or enable_starttls_auto',
    wishes: ['required', 'opportunistic'],
    impatient: true,
    version: ['ruby', '-rnet/smtp', '-e', 'puts "ruby #{RUBY_VERSION}, net/smtp #{Net::SMTP::VERSION}"'],
    obtain: debian('ruby'),
    line: order => ({ words: ['ruby', script('net_smtp.rb'), ...told(order)] }),
  },
  {
    name: 'phpmailer',
    title: 'PHPMailer with SMTPSecure=tls, or SMTPAutoTLS',
    wishes: ['required', 'opportunistic'],
    impatient: true,
    version: [
      'php',
      '-r',
      'require "/usr/share/php/libphp-phpmailer/autoload.php"; echo "PHPMailer ", PHPMailer\\PHPMailer\\PHPMailer::VERSION;',
    ],
    obtain: debian('libphp-phpmailer php-cli'),
    line: order => ({ words: ['php', script('phpmailer.php'), ...told(order)] }),
  },
];

const sNailLogin = (order: Order): string =>
  order.errand.login === true ? `${order.user}:${order.password}@` : '';

const muttrc = (order: Order): string =>
  [
    `set smtp_url="smtp://${order.errand.login === true ? `${order.user}@` : ''}${order.host}:${order.port}/"`,
    ...(order.errand.login === true ? [`set smtp_pass="${order.password}"`] : []),
    'set ssl_starttls=yes',
    `set ssl_force_tls=${order.tls === 'required' ? 'yes' : 'no'}`,
    `set ssl_ca_certificates_file="${order.caFile}"`,
    'set certificate_file=""',
    `set from="${order.from}"`,
    'set use_envelope_from=yes',
    `set hostname="${HELO}"`,
    'set copy=no',
    'set tmpdir="."',
    `set connect_timeout=${PATIENCE}`,
    '',
  ].join('\n');

/** All known clients, in the order in which they are listed. */
export const CLIENTS: readonly Client[] = [
  ...COMMANDS.map(options => commandClient({ ...options, secluded: true })),
  ...NPM_CLIENTS,
  ...AGENT_CLIENTS,
  ...REFERENCE_CLIENTS,
];

export function clientNamed(name: string): Client {
  const client = CLIENTS.find(known => known.name === name);
  if (client === undefined)
    throw new TargetError(
      `${name} is no known client: use a name from "afresh list clients", or -- and a command line with {port}.${suggestion(
        name,
        CLIENTS.map(known => known.name),
      )}`,
    );
  return client;
}
