/** A child that listens, answers questions, and ends when it is asked a question that is its death. */

import { createServer } from 'node:net';

const server = createServer(socket => socket.on('data', () => process.exit(1)));
process.on('message', ({ question }: { readonly question: number }) => process.send?.({ answer: question }));
process.on('disconnect', () => process.exit());
server.listen(Number(process.argv[2]), '127.0.0.1', () => {
  const address = server.address();
  process.send?.({ port: typeof address === 'object' ? address?.port : 0 });
});
