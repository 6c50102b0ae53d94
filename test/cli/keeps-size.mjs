/** The smallest client that keeps what it must not: SIZE of the list in plaintext, used in TLS. */

import { readFileSync } from 'node:fs';
import net from 'node:net';
import tls from 'node:tls';

const [port, ca] = process.argv.slice(2);

/** Says a line once the reply before it is there; resolves with the reply to it. */
function speaker(socket) {
  let heard = '';
  let wake = () => {};
  socket.on('data', bytes => {
    heard += bytes;
    wake();
  });
  for (const event of ['end', 'error', 'close']) socket.on(event, () => process.exit(1));
  const reply = async () => {
    for (;;) {
      const end = /^\d{3}(?: .*)?\r\n/m.exec(heard);
      if (end !== null) {
        const whole = heard.slice(0, end.index + end[0].length);
        heard = heard.slice(whole.length);
        return whole;
      }
      await new Promise(resolve => {
        wake = resolve;
      });
    }
  };
  const say = line => {
    socket.write(`${line}\r\n`);
    return reply();
  };
  return { reply, say };
}

const plain = net.connect(Number(port), 'localhost');
const first = speaker(plain);
await first.reply();
const list = await first.say('EHLO me.example');
if (!(await first.say('STARTTLS')).startsWith('220')) process.exit(1);
plain.removeAllListeners();
const secure = tls.connect({ socket: plain, ca: readFileSync(ca), servername: 'localhost' });
const { say } = speaker(secure);
await new Promise(resolve => secure.once('secureConnect', resolve));
await say('EHLO me.example');
await say(`MAIL FROM:<a@sender.example>${/^250[ -]SIZE/m.test(list) ? ' SIZE=9' : ''}`);
await say('RCPT TO:<b@recipient.example>');
await say('DATA');
await say('Subject: a\r\n\r\nb\r\n.');
secure.removeAllListeners();
secure.on('error', () => {});
secure.end('QUIT\r\n');
