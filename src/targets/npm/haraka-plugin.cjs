/*
 * A plugin of ours, run by Haraka in its own process: it tells afresh what an application behind Haraka is given.
 *
 * It reports over the IPC channel and judges nothing. Each report is acknowledged before the hook goes on, so that
 * afresh holds the state, or the mail, before the client can see the reply. Haraka reads this file as text and runs
 * it with its own constants (`OK`), which is why it is CommonJS.
 */

const fs = require('node:fs');

/** What waits for the acknowledgement of a report: at most one hook for each connection. */
const waiting = new Map();
let reports = 0;

function report(content, acknowledged) {
  reports += 1;
  waiting.set(reports, acknowledged);
  // With a callback, a parent that has just gone is no error: `disconnect` follows.
  process.send({ ...content, id: reports }, () => {});
}

exports.register = () => {
  process.on('message', ({ acknowledged }) => {
    const proceed = waiting.get(acknowledged);
    waiting.delete(acknowledged);
    proceed?.();
  });
  // Whoever started us is gone, perhaps without a chance to clean up.
  process.on('disconnect', () => {
    fs.rmSync(process.env.HARAKA, { recursive: true, force: true });
    process.exit();
  });
};

exports.hook_init_master = (next, server) => {
  const [listener] = server.listeners;
  // Else the first reply in TLS waits some 40 ms for the client to acknowledge the tickets sent before it.
  listener.on('connection', socket => socket.setNoDelay(true));
  report({ kind: 'listening', port: listener.address().port }, next);
};

/** Haraka would ask the DNS otherwise. */
exports.hook_lookup_rdns = next => next(OK, 'localhost');

exports.hook_connect = (next, { remote }) => report({ kind: 'connected', client: remote.port }, next);

for (const hook of ['helo', 'ehlo', 'mail', 'rcpt', 'data']) {
  exports[`hook_${hook}`] = (next, connection) => {
    const { remote, tls } = connection;
    const state = JSON.parse(JSON.stringify(seen(connection), plain));
    report({ kind: 'state', client: remote.port, secure: tls.enabled, hook, state }, () => next());
  };
}

/** All mail ends here, that of clients who may relay included: Haraka's outbound half never gets any. */
function keep(next, { transaction }) {
  transaction.message_stream.get_data(message => {
    report({ kind: 'mail', text: message.toString('latin1') }, () => next(OK));
  });
}
exports.hook_queue = keep;
exports.hook_queue_outbound = keep;

/** What Haraka documents of a connection, without what is only true of this moment, and three fields more. */
const SESSION = [
  'authheader',
  'capabilities',
  'early_talker',
  'encoding',
  'errors',
  'esmtp',
  'hello',
  'last_reject',
  'msg_count',
  'notes',
  'pipelining',
  'proxy',
  'rcpt_count',
  'relaying',
  'tls',
  'totalbytes',
  'tran_count',
];

function seen(connection) {
  const { transaction, results } = connection;
  return {
    ...Object.fromEntries(SESSION.map(name => [name, connection[name]])),
    results: results.store,
    transaction: transaction && {
      mail_from: transaction.mail_from?.format(),
      rcpt_to: transaction.rcpt_to.slice(0, LONGEST).map(recipient => recipient.format()),
      rcpt_count: transaction.rcpt_count,
      encoding: transaction.encoding,
      notes: transaction.notes,
    },
  };
}

/** Ports and clocks differ from connection to connection; a timer and a certificate are no plain data. */
const OMITTED = new Set(['port', 'duration', 'human', 'human_html', 'tls_timer', 'peerCertificate']);

/** Entries of a list that are reported; a client can make some lists as long as it likes. */
const LONGEST = 16;

function plain(key, value) {
  if (OMITTED.has(key)) return undefined;
  if (!Array.isArray(value)) return value;
  // Each plugin's results are five lists, nearly always empty.
  return value.length === 0 ? undefined : value.slice(0, LONGEST);
}
